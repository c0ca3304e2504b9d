import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { ProcessGroup } from './process-group.js';

/** Longer than a test may take: who waits for it is seen. */
const GRACE_MS = 60_000;

describe('A group of processes', () => {
  let parent: ChildProcess;

  afterEach(async () => {
    const ended = once(parent, 'exit');
    parent.kill('SIGKILL');
    await ended;
  });

  /** @returns the leader of a group whose parent asks for nobody's exit code */
  async function unreaped(script: string): Promise<number> {
    parent = spawn('sh', ['-c', `setsid sh -c '${script}' & exec sleep 60`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [pid] = (await once(parent.stdout!, 'data')) as [Buffer];
    return Number(String(pid));
  }

  it('has ended with its leader, also where nobody reaps it', async () => {
    const leader = await unreaped('echo $$; exec sleep 60');

    await expect(new ProcessGroup(leader, GRACE_MS).end()).resolves.toBeUndefined();
  });

  it('has not ended before those whom its leader has left', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'process-group-'));
    const leader = await unreaped(`(trap "" TERM; echo $$; sleep 0.5; mkdir ${folder}/left) & exec sleep 60`);
    try {
      await new ProcessGroup(leader, GRACE_MS).end();

      expect(readdirSync(folder)).toEqual(['left']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
