import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { type ServerResponse } from 'node:http';

import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { LfsHttpServer } from '../support/lfs-http-server.js';
import { lfsId, lfsPointer } from '../support/lfs-pointer.js';
import { type BenchAnswer, ToolBench } from '../support/tool-bench.js';

export const ATTRIBUTES = '*.bin filter=lfs diff=lfs merge=lfs -text\n';

/** Where a repository stores the content. */
export const stored = (content: string) => {
  const id = lfsId(content);
  return `.git/lfs/objects/${id.slice(0, 2)}/${id.slice(2, 4)}/${id}`;
};

/** A repository whose remote is of an LFS server, both new for each test, and the tool called on it. */
export interface LfsTransfer {
  bench: ToolBench;
  repo: GitRepository;
  server: LfsHttpServer;
  transfer(args: object, context?: object): Promise<BenchAnswer>;
  fetch(args?: object): Promise<BenchAnswer>;
  pull(args?: object): Promise<BenchAnswer>;
  push(args?: object): Promise<BenchAnswer>;
  prune(args?: object): Promise<BenchAnswer>;
  /** Commits pointers to the contents, and the attributes of their files. */
  commit(contents: Readonly<Record<string, string>>): string;
  putInStore(...contents: readonly string[]): void;
  /** What lies in the store, half-come content included. */
  inStore(): readonly string[];
  /** Content that came in half. */
  half(name: string, ageMs: number): void;
  /** The server's answer to whoever asks for content. */
  answersContent(answer: (response: ServerResponse) => void): void;
  /** The server refuses links that stood in its first so many answers. */
  linksExpire(answers: number): void;
  /** The credentials that the server was shown. */
  shown(): readonly (string | undefined)[];
}

export function lfsTransfer(): LfsTransfer {
  const call =
    (action: string) =>
    (args: object = {}) =>
      here.transfer({ action, ...args });
  const here: LfsTransfer = {
    bench: undefined as unknown as ToolBench,
    repo: undefined as unknown as GitRepository,
    server: undefined as unknown as LfsHttpServer,
    transfer: (args, context = {}) =>
      here.bench.call('git_lfs_transfer', { repo_path: here.repo.path, ...args }, context),
    fetch: call('fetch'),
    pull: call('pull'),
    push: call('push'),
    prune: call('prune'),
    commit: (contents) =>
      here.repo.commitFiles('one', {
        '.gitattributes': ATTRIBUTES,
        ...Object.fromEntries(Object.entries(contents).map(([path, content]) => [path, lfsPointer(content)])),
      }),
    putInStore: (...contents) => {
      for (const content of contents) here.repo.write(stored(content), content);
    },
    inStore: () => {
      const store = here.repo.file('.git/lfs');
      if (!existsSync(store)) return [];
      return readdirSync(store, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map(({ name }) => name);
    },
    half: (name, ageMs) => {
      const path = `.git/lfs/tmp/${name}`;
      here.repo.write(path, 'half');
      const at = new Date(Date.now() - ageMs);
      utimesSync(here.repo.file(path), at, at);
    },
    answersContent: (answer) => {
      here.server.intercept = ({ method }, response) => {
        if (method !== 'GET') return false;
        answer(response);
        return true;
      };
    },
    linksExpire: (answers) => {
      here.server.action = (oid) => ({
        href: `http://${here.server.host}/content/${oid}?answer=${here.server.batches.length}`,
      });
      here.server.intercept = ({ url = '' }, response) => {
        const isExpired = Number(/answer=(\d+)$/.exec(url)?.[1] ?? Infinity) <= answers;
        if (isExpired) response.writeHead(403).end();
        return isExpired;
      };
    },
    shown: () => here.server.requests.map(({ headers }) => headers.authorization),
  };

  beforeAll(async () => {
    here.bench = await ToolBench.start(({ git }) => {
      git.remote.protocols = ['http', 'file', 'ssh'];
      git.remote.allowPrivateAddresses = true;
      git.lfs.maxTransferBytes = 2 ** 22;
    });
  });
  afterAll(() => here.bench.close());

  beforeEach(async () => {
    here.server = await LfsHttpServer.start();
    here.repo = new GitRepository({ root: here.bench.folder() });
    here.repo.git(['remote', 'add', 'origin', here.server.remote]);
  });
  afterEach(() => here.server.close());

  return here;
}
