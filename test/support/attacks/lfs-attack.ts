import { mkdirSync, symlinkSync } from 'node:fs';
import { type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

import { GitRepository } from '../git-repository.js';
import { LfsHttpServer } from '../lfs-http-server.js';
import { lfsId, lfsPointer } from '../lfs-pointer.js';
import { type Frame } from '../test-client.js';
import { AttackPlace, SECRET } from './attack-place.js';
import { type Answered, AttackServer, faultsOf, outcomeOf } from './attack-server.js';
import { textBelow } from './listening-forge.js';

/** What stands in the file outside that nobody may be given, and what a pointer to it says. */
export const OUTSIDE = `${SECRET}\n`;

/** Where the content is stored, below the top of a repository. */
export const storedAt = (content: string) => {
  const id = lfsId(content);
  return `.git/lfs/objects/${id.slice(0, 2)}/${id.slice(2, 4)}/${id}`;
};

/** A repository of Git LFS below the roots, the LFS server of its remote, and one that nobody is to ask. Close it. */
export class LfsAttack {
  private static made = 0;

  private constructor(
    private readonly attacked: AttackServer,
    readonly place: AttackPlace,
    readonly repo: GitRepository,
    readonly server: LfsHttpServer,
    readonly elsewhere: LfsHttpServer,
  ) {}

  /** Commits pointers to `aaaa` and to what is outside; the server has `aaaa`, the other one has both. */
  static async start(attacked: AttackServer, place: AttackPlace): Promise<LfsAttack> {
    LfsAttack.made += 1;
    const repo = new GitRepository({ root: place.roots, name: `lfs-${LfsAttack.made}` });
    const [server, elsewhere] = await Promise.all([LfsHttpServer.start(), LfsHttpServer.start()]);
    server.has('aaaa');
    elsewhere.has('aaaa', OUTSIDE);
    repo.git(['remote', 'add', 'origin', server.remote]);
    repo.commitFiles('one', {
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'a.bin': lfsPointer('aaaa'),
      'b.bin': lfsPointer(OUTSIDE),
    });
    return new LfsAttack(attacked, place, repo, server, elsewhere);
  }

  get outsideFile(): string {
    return join(this.place.outside, 'secret.txt');
  }

  call(name: string, args: object): Promise<Answered> {
    return this.attacked.lane(this.place).attack(name, { repo_path: this.repo.path, ...args });
  }

  transfer(action: string, args: object = {}): Promise<Answered> {
    return this.call('git_lfs_transfer', { action, ...args });
  }

  /** Every way to move content, one after another. */
  async everything(): Promise<readonly Answered[]> {
    const answered = [await this.call('git_lfs', { action: 'list' })];
    for (const action of ['fetch', 'pull', 'push', 'prune']) answered.push(await this.transfer(action));
    return answered;
  }

  /** @returns why each object could not be fetched, each reason once, and what went wrong beside that: nothing may */
  async fetched(): Promise<readonly unknown[]> {
    const answered = await this.transfer('fetch');
    const came = this.repo.has(storedAt('aaaa')) ? ['came'] : [];
    return [...new Set([...this.harm([answered]), ...refusalsOf(answered), ...came])];
  }

  /** The server's answer to whoever asks for content. */
  answersContent(answer: (response: ServerResponse) => void): void {
    this.server.intercept = ({ method }, response) => {
      if (method !== 'GET') return false;
      answer(response);
      return true;
    };
  }

  /** What the server says of objects, whatever it was asked for. */
  answersObjects(objects: readonly object[]): void {
    this.server.intercept = ({ method }, response) => {
      if (method !== 'POST') return false;
      response.end(JSON.stringify({ transfer: 'basic', objects }));
      return true;
    };
  }

  /** In place of the server: a bare repository below the roots. */
  remoteBeside(): GitRepository {
    const far = new GitRepository({ root: this.place.roots, name: `far-${LfsAttack.made}.git`, bare: true });
    this.repo.git(['config', 'remote.origin.url', far.path]);
    return far;
  }

  link(path: string, to: string): void {
    mkdirSync(dirname(this.repo.file(path)), { recursive: true });
    symlinkSync(to, this.repo.file(path));
  }

  /** What went wrong: nothing may. */
  harm(answered: readonly Answered[]): readonly unknown[] {
    return [
      ...faultsOf(answered),
      ...answered.flatMap(({ ran }) => ran),
      ...(this.place.outsideChanged() ? ['wrote outside'] : []),
      ...this.elsewhere.requests.map(({ path }) => `asked elsewhere for ${path}`),
      ...this.server.paths('PUT').filter((path) => path.includes(lfsId(OUTSIDE))),
      ...(textBelow(this.repo.path).includes(SECRET) ? ['brought in what is outside'] : []),
    ];
  }

  async close(): Promise<void> {
    await Promise.all([this.server.close(), this.elsewhere.close()]);
  }
}

/** `code: reason` of a refusal, or of each object that could not be moved. */
export function refusalsOf({ frame }: Answered): readonly string[] {
  if (outcomeOf(frame) !== 'served') return [`${outcomeOf(frame)}: ${reasonOf(frame)}`];
  const result = frame['result'] as { structuredContent: { failed?: readonly Failure[] } };
  return (result.structuredContent.failed ?? []).map(({ code, reason }) => `${code}: ${reason}`);
}

interface Failure {
  readonly code: string;
  readonly reason?: string;
}

function reasonOf(frame: Frame): string {
  const { details } = frame['error'] as { details?: { reason?: string; link?: string } };
  return details?.reason ?? details?.link ?? '';
}

/** A new attack for each test, of one place. */
export function lfsAttacks(): { attack: LfsAttack } {
  let place: AttackPlace;
  let attacked: AttackServer;
  const here = { attack: undefined as unknown as LfsAttack };
  beforeAll(async () => {
    place = AttackPlace.make();
    attacked = await AttackServer.start([place], {
      remote: { protocols: ['http', 'file'], allowPrivateAddresses: true, sessionCredentials: true },
    });
  });
  afterAll(() => attacked.stop());
  beforeEach(async () => {
    here.attack = await LfsAttack.start(attacked, place);
  });
  afterEach(() => here.attack.close());
  return here;
}
