import { describe, expect, it } from 'vitest';

import { gitFailure, heldLock, isUnexplained } from './git-failure.js';

const result = (stderr: string, exitCode = 128) => ({ exitCode, stdout: '', stderr, truncated: false });

describe('A failure of git', () => {
  it.each([
    ['fatal: write error: No space left on device', 'temporary_resource_unavailable', 'disk-full'],
    ["fatal: Authentication failed for 'https://x'", 'operation_failed', 'authentication'],
    [
      'git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.',
      'operation_failed',
      'authentication',
    ],
    [
      'Host key verification failed.\nfatal: the remote end hung up unexpectedly',
      'operation_failed',
      'host-key',
    ],
    [
      "fatal: unable to access 'https://x/': The requested URL returned error: 403",
      'operation_failed',
      'authentication',
    ],
    [
      "fatal: unable to access 'https://x/': The requested URL returned error: 502",
      'temporary_resource_unavailable',
      'unreachable',
    ],
    ["fatal: unable to access 'https://x/': Could not resolve host: x", 'network_timeout', 'remote-timeout'],
    ['ssh: connect to host x port 22: Connection timed out', 'network_timeout', 'remote-timeout'],
    ['ssh: connect to host x port 22: Connection refused', 'temporary_resource_unavailable', 'unreachable'],
    ["fatal: '/x' does not appear to be a git repository", 'operation_failed', 'remote-not-found'],
    ["fatal: couldn't find remote ref refs/heads/x", 'revision_not_found', 'remote-branch-not-found'],
    ['fatal: Remote branch x not found in upstream origin', 'revision_not_found', 'remote-branch-not-found'],
    ["fatal: cannot lock ref 'HEAD': is at 4b825dc but expected 83baae6", 'repository_busy', 'moved'],
    ['fatal: cannot mkdir aaa: File name too long', 'operation_failed', 'name-too-long'],
    ['error: index-pack died of signal 9\nfatal: early EOF', 'temporary_resource_unavailable', 'killed'],
    ['error: index-pack died of signal 11', 'operation_failed', 'git-failed'],
    ['fatal: something else', 'operation_failed', 'git-failed'],
  ])('%j is %s (%s)', (stderr, code, reason) => {
    expect(gitFailure('fetch', result(stderr))).toMatchObject({ code, details: { reason, exit_code: 128 } });
  });

  it('never repeats what git said', () => {
    const error = gitFailure(
      'fetch',
      result("fatal: Authentication failed for 'https://user:hunter2@x/secret/path'"),
    );

    expect(JSON.stringify([error.message, error.details])).not.toMatch(/hunter2|secret/);
  });

  it('is unexplained where no prose is known', () => {
    expect(isUnexplained(gitFailure('merge', result('fatal: odd')))).toBe(true);
    expect(isUnexplained(gitFailure('merge', result('fatal: No space left on device')))).toBe(false);
  });

  it.each([
    ["fatal: Unable to create '/r/.git/index.lock': File exists.", '/r/.git/index.lock'],
    [
      "error: cannot lock ref 'HEAD': Unable to create '/r/.git/HEAD.lock': File exists.",
      '/r/.git/HEAD.lock',
    ],
    ['error: could not lock config file .git/config: File exists', '.git/config.lock'],
    ['fatal: something else', undefined],
  ])('%j names the lock %s', (stderr, lock) => {
    expect(heldLock(result(stderr))).toBe(lock);
  });

  it('holds no lock where the command did its work', () => {
    expect(heldLock(result("Unable to create '/r/index.lock': File exists.", 0))).toBeUndefined();
  });
});
