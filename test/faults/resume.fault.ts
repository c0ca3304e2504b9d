import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { ServerProcess } from '../support/server-process.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { type Frame } from '../support/test-client.js';
import { Figures, LONG } from './support/figures.js';
import { WorkingClient } from './support/working-client.js';

const rounds = Array.from({ length: LONG ? 20 : 3 }, (_, index) => index + 1);
const REPOSITORIES = 4;
const CHECK = ['fsck', '--full', '--strict', '--no-dangling'];
/** Sweeps over what a commit takes, from before the first request to amid the tenth. */
const delayOf = (round: number) => 40 + ((round * 137) % 900);

// What is lost once is lost: nothing here is tried again.
describe('Sessions with operations under way', { retry: 0 }, () => {
  let folder: TemporaryFolder;
  let repositories: GitRepository[];
  let server: ServerProcess;
  let clients: WorkingClient[];

  beforeEach(async () => {
    folder = new TemporaryFolder();
    repositories = Array.from({ length: REPOSITORIES }, () => new GitRepository());
    // Two work trees of each: one writer waits for the other's lock.
    const places = repositories.flatMap((repository) => {
      repository.commitFiles('first', { 'a.txt': 'one\n' });
      const linked = join(repository.root, 'linked');
      repository.git(['worktree', 'add', '--quiet', linked]);
      return [repository.path, linked];
    });
    server = await ServerProcess.start({
      supervised: true,
      env: {
        HOME: folder.path,
        MCP_GIT_ROOTS: repositories.map(({ root }) => root).join(':'),
        MCP_GIT_SESSIONS_STORE_PATH: join(folder.path, 'sessions'),
        MCP_GIT_DIAGNOSTICS_PROFILE_FOLDER: join(folder.path, 'profiles'),
      },
    });
    clients = await Promise.all(
      places.map((path, index) => WorkingClient.begin(server.webSocketUrl, path, `client${index}`)),
    );
  });

  afterEach(async () => {
    for (const client of clients) client.cut();
    await server.stop();
    for (const repository of repositories) repository.remove();
    folder.remove();
  });

  function serverPid(): number {
    const found = server.descendants().find(({ command }) => command.includes('--listen-fd'));
    if (found === undefined) throw new Error('no server runs');
    return found.pid;
  }

  const FAULTS: Record<string, () => void> = {
    'a cut connection': () => clients.forEach((client) => client.cut()),
    'a killed server': () => process.kill(serverPid(), 'SIGKILL'),
    'a graceful restart': () => process.kill(server.pid, 'SIGHUP'),
  };

  const cases = Object.keys(FAULTS).flatMap((fault) => rounds.map((round) => [fault, round] as const));

  it.for(cases)(
    'survive %s with every answer, once, and every commit (round %i)',
    async ([fault, round], context) => {
      const figures = new Figures(context, 1);
      const working = clients.map((client) => client.work());
      await pause(delayOf(round));
      FAULTS[fault]?.();
      await Promise.all(clients.map((client) => client.gone()));
      await Promise.all(working);
      await Promise.all(clients.map((client) => client.resume()));

      const [first, ...others] = clients as [WorkingClient, ...WorkingClient[]];
      const startedAt = performance.now();
      const next = [await first.commitOnce()];
      const took = performance.now() - startedAt;
      next.push(...(await Promise.all(others.map((client) => client.commitOnce()))));

      expect(next.map(({ type, ['error']: error }) => error ?? type)).toEqual(
        next.map(() => 'tools/call/result'),
      );
      for (const client of clients) {
        expect(client.resumed.map(({ result }) => result?.resume?.lost)).toEqual([0]);
        expect(client.seqs).toEqual(client.seqs.map((_, index) => index + 1));
        expect([...client.answers.values()].filter(({ length }) => length !== 1)).toEqual([]);
        expect(client.unanswered().filter(({ arrived }) => arrived)).toEqual([]);
      }
      const commits = clients.flatMap(({ asked }) => asked.filter(({ message }) => message !== undefined));
      figures.atLeast('commits asked for', commits.length, clients.length);
      const { wrong, doubled } = foundCommits();
      figures.exactly('acknowledged commits lost, or said to be there and not', wrong.length, 0);
      figures.exactly('commits made twice', doubled.length, 0);
      const whole = repositories.filter((one) => one.git(CHECK) === '').length;
      figures.exactly('repositories in which `git fsck --full --strict` finds nothing', whole, REPOSITORIES);
      figures.atMost('the first write after it is done after', took, 2_000, 'ms');
    },
  );

  /** What each client was told, against what the repositories show. */
  function foundCommits(): { readonly wrong: readonly object[]; readonly doubled: readonly string[] } {
    const subjects = repositories.flatMap((one) =>
      one.git(['log', '--branches', '--format=%s']).trim().split('\n'),
    );
    const ids = new Set(repositories.flatMap((one) => one.git(['rev-list', '--all']).trim().split('\n')));
    const doubled = subjects.filter((one, index) => one !== 'first' && subjects.indexOf(one) !== index);
    const wrong = clients.flatMap(({ asked, answers }) =>
      asked.filter(({ id, message }) => {
        const [answer] = answers.get(id) ?? [];
        const head = answer?.['result']?.structuredContent?.head as string | undefined;
        if (head !== undefined && message !== undefined && !ids.has(head)) return true;
        return message !== undefined && !allows(answer, subjects.includes(message));
      }),
    );
    return { wrong, doubled };
  }
});

/** Whether what the client was told, or was not told, allows that the commit is there, or is not. */
function allows(answer: Frame | undefined, isThere: boolean): boolean {
  if (answer === undefined) return !isThere;
  if (answer.type === 'tools/call/result') return isThere;
  const { code, details } = answer['error'] as { code: string; details?: { outcome?: string } };
  if (code !== 'operation_interrupted') return !isThere;
  return details?.outcome === 'unknown' || (details?.outcome === 'done') === isThere;
}
