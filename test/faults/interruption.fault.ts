import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { RestorableFolder } from '../support/attacks/restorable-folder.js';
import { GitRepository } from '../support/git-repository.js';
import { ServerProcess } from '../support/server-process.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { type Frame, TestClient } from '../support/test-client.js';
import { type TimelessPicture, timelessPictureOf } from '../support/timeless-picture.js';
import { Figures, LONG } from './support/figures.js';
import { commandOf, GitGate, type GatePoint } from './support/git-gate.js';

interface Call {
  readonly tool: string;
  readonly args: object;
  /** The command of git that makes the change. */
  readonly command: string;
  /** Made where nothing is changed and yet to be committed. */
  readonly clean?: boolean;
}

const CALLS: readonly Call[] = [
  { tool: 'git_commit', args: { message: 'more' }, command: 'commit' },
  { tool: 'git_add', args: { files: ['new.txt'] }, command: 'update-index' },
  { tool: 'git_create_branch', args: { branch_name: 'fresh' }, command: 'branch' },
  { tool: 'git_merge', args: { source_branch: 'other' }, command: 'merge', clean: true },
  { tool: 'git_checkout', args: { branch_name: 'spare' }, command: 'switch' },
  { tool: 'git_stash', args: { action: 'push', include_untracked: true }, command: 'stash' },
];

/** Notes in the repository what was done, the last that is done before the answer. */
const RECORDS = 'fast-import';

/** Whatever these change shows at once or not at all, so that it can always be told whether it was done. */
const ALWAYS_TOLD = new Set(['git_commit', 'git_add', 'git_create_branch']);

// What is told wrongly once is told wrongly: nothing here is tried again.
describe('The server is killed', { retry: 0 }, () => {
  let folder: TemporaryFolder;
  let repository: GitRepository;
  let work: RestorableFolder;
  let gate: GitGate;
  let server: ServerProcess;

  beforeEach(async () => {
    folder = new TemporaryFolder();
    mkdirSync(join(folder.path, 'roots'));
    repository = new GitRepository({ root: join(folder.path, 'roots') });
    repository.commitFiles('first', { 'a.txt': 'one\n', 'b.txt': 'one\n' });
    repository.branch('other').branch('spare').checkout('other').commitFiles('theirs', { 'a.txt': 'two\n' });
    // Nobody merges onto main unasked.
    repository.git(['checkout', '--quiet', '-b', 'work', 'main']);
    repository.commitFiles('ours', { 'c.txt': 'x\n' });
    repository.write('b.txt', 'staged\n').stage('b.txt').write('new.txt', 'untracked\n');
    work = new RestorableFolder(repository.root, join(folder.path, 'saved'));
    work.seal();
    gate = new GitGate(join(folder.path, 'gate'));
    await start();
  });

  afterEach(async () => {
    await server.stop();
    folder.remove();
  });

  it.for(CALLS)(
    'at each point of $tool, from the journal over git to the answer: what is told is so',
    { timeout: LONG ? 900_000 : 120_000 },
    async (call, context) => {
      const figures = new Figures(context, 4);
      if (call.clean === true) {
        repository.git(['reset', '--quiet', '--hard']);
        work.seal();
      }
      const before = timelessPictureOf(repository);
      const whole = await uninterrupted(call);
      const seen = gate.seen().map(commandOf);
      const usual = [
        { command: '', after: false },
        { command: call.command, after: false },
        { command: call.command, after: true },
        { command: RECORDS, nth: seen.filter((command) => command === RECORDS).length, after: true },
      ];
      const every = [...new Set(seen)].flatMap((command) =>
        [false, true].map((after) => ({ command, after })),
      );
      expect(seen).toEqual(expect.arrayContaining([call.command, RECORDS]));
      const told = { done: 0, not_done: 0, unknown: 0 };
      let wrong = 0;

      for (const point of LONG ? every : usual) {
        // What a server asks git only once, it asks only while it is new.
        if (LONG) await startAfresh();
        const answer = await interrupted(call, point);
        const now = timelessPictureOf(repository);
        const outcome = answer['error']?.details?.outcome as keyof typeof told;
        told[outcome] += 1;
        if (outcome === 'unknown' && ALWAYS_TOLD.has(call.tool)) wrong += 1;
        if (outcome === 'not_done' && !isSame(now, before)) wrong += 1;
        if (outcome === 'done' && !isSame(now, whole)) wrong += 1;
        repository.fsck();
        await expectGoesOn(call, outcome, whole);
      }

      figures.exactly('told wrongly, or not at all', wrong, 0);
      figures.atLeast('kills', told.done + told.not_done + told.unknown, usual.length);
    },
  );

  const start = async () => {
    server = await ServerProcess.start({
      env: {
        PATH: gate.path,
        HOME: folder.path,
        MCP_GIT_ROOTS: repository.root,
        MCP_GIT_SESSIONS_STORE_PATH: join(folder.path, 'sessions'),
        MCP_GIT_LOG_LEVEL: 'warn',
      },
    });
  };
  const startAfresh = async () => {
    await server.stop();
    await start();
  };
  const ask = (client: TestClient, { tool, args }: Pick<Call, 'tool' | 'args'>): Promise<Frame> =>
    client.request('tools/call', {
      params: { name: tool, arguments: { repo_path: repository.path, ...args } },
    });

  async function uninterrupted(call: Call): Promise<TimelessPicture> {
    const client = await TestClient.connect(server.webSocketUrl);
    gate.watch();
    expect((await ask(client, call)).type).toBe('tools/call/result');
    gate.leave();
    await client.close();
    return timelessPictureOf(repository);
  }

  /** @returns what the client is told once it has come back */
  async function interrupted(call: Call, point: GatePoint): Promise<Frame> {
    work.restore();
    const client = await TestClient.begin(server.webSocketUrl);
    gate.kill(server.pid, point);
    const asked = ask(client, call).catch(() => undefined);
    expect(await asked).toBeUndefined();
    await client.closing();
    await start();
    const { client: back } = await TestClient.resume(server.webSocketUrl, client);
    const answer = await back.take(({ type, id }) => type === 'error' && id !== 'req_1');
    expect(answer['error'].code).toBe('operation_interrupted');
    await back.close();
    return answer;
  }

  /** What was not done can be done now, and nothing is left that is in the way of another change. */
  async function expectGoesOn(call: Call, outcome: string, whole: TimelessPicture): Promise<void> {
    const client = await TestClient.connect(server.webSocketUrl);
    const next = { tool: 'git_create_branch', args: { branch_name: 'next' } };
    const { type } = await ask(client, outcome === 'not_done' ? call : next);
    await client.close();
    expect(type).toBe('tools/call/result');
    expect(outcome === 'not_done' && !isSame(timelessPictureOf(repository), whole)).toBe(false);
    expect(existsSync(repository.file('.git/index.lock'))).toBe(false);
  }
});

function isSame(one: TimelessPicture, other: TimelessPicture): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
