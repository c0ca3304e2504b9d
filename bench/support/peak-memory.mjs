import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { webSocketPeer } from './mcp-peers.mjs';
import { flagsOf, serve } from './mcp-servers.mjs';
import { descendantsOf } from './process-tree.mjs';

const run = promisify(execFile);
const MIB = 2 ** 20;
/** As often as one call is made: what is kept from call to call counts as well. */
const CALLS = 5;
/** Below a server that nobody has asked anything yet. */
const OWN_PROCESSES = 2;
const SETTLED_MS = 500;
/** The number of `getrusage`, which Perl has no name for. */
const GETRUSAGE = { x64: 98, arm64: 165 }[process.arch];
/** The kernel keeps the peak of a process; this begins a new one. */
const FORGET_PEAK = '5';

/**
 * git, started through a program that writes down what memory each of its processes had at most, as the kernel has
 * counted it. Whoever ends it ends git; remove it.
 */
export function watchedGit() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-memory-'));
  const [program, notes] = [join(folder, 'git'), join(folder, 'notes')];
  const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  writeFileSync(program, wrapperOf(git, notes), { mode: 0o755 });
  writeFileSync(notes, '');
  return {
    program,
    /** Bytes that the processes since the last time had at most, those that ran at the same time together. */
    takePeak() {
      const lines = readFileSync(notes, 'utf8').split('\n').filter(Boolean);
      writeFileSync(notes, '');
      return peakOf(lines.map((line) => line.split(' ').map(Number)));
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

const wrapperOf = (git, notes) => `#!/usr/bin/perl
use Time::HiRes 'time';
my $begun = time;
my $pid = fork;
if ($pid == 0) { exec '${git}', @ARGV or exit 127 }
$SIG{$_} = 'IGNORE' for qw(TERM INT HUP PIPE);
waitpid $pid, 0;
my $status = $?;
my $usage = "\\0" x 144;
syscall ${GETRUSAGE}, -1, $usage;
open my $notes, '>>', '${notes}';
syswrite $notes, sprintf "%.6f %.6f %d\\n", $begun, time, unpack 'x32 q', $usage;
if ($status & 127) { $SIG{TERM} = 'DEFAULT'; kill $status & 127, $$ }
exit $status >> 8;
`;

/** @param processes begin, end, and KiB at most of each */
function peakOf(processes) {
  const together = processes.map(([at]) =>
    processes.filter(([begin, end]) => begin <= at && at < end).reduce((sum, [, , peak]) => sum + peak, 0),
  );
  return Math.max(0, ...together) * 1_024;
}

/** @returns MiB that git has at most for the same */
export async function memoryOfGit(repository, args) {
  const git = watchedGit();
  try {
    for (let call = 0; call < 2; call += 1)
      await run(git.program, args, { cwd: repository.path, maxBuffer: 2 ** 30 });
    return git.takePeak() / MIB;
  } finally {
    git.remove();
  }
}

/**
 * What a tool takes of memory: a server is started for it, and asked a few times, with no answer kept.
 *
 * @param options settings of the server, and what is done with it before
 * @returns MiB that the server, its workers and its git processes have at most, beyond what they have idle
 */
export async function memoryOfTool(repository, tool, args, { settings = {}, prepare = () => {} } = {}) {
  const git = watchedGit();
  const server = await serve(
    flagsOf(repository.path, {
      'log.level': 'warn',
      'git.binary': git.program,
      'git.cache.maxBytes': 0,
      'resilience.rateLimit.enabled': false,
      ...settings,
      // The process that is started is the one whose memory counts.
      'server.supervised': false,
    }),
  );
  try {
    const peer = await webSocketPeer(server.url);
    await prepare(server);
    await settled(server.pid);
    const call = () => peer.call(tool, { repo_path: repository.path, ...args });
    const peak = await peakBeyondIdle(server.pid, git, call);
    await peer.close();
    return peak;
  } finally {
    await server.stop();
    git.remove();
  }
}

/** What starts git, and a worker, come a moment after the server is ready. */
async function settled(pid) {
  while (withDescendants(pid).length <= OWN_PROCESSES) await pause(50);
  await pause(SETTLED_MS);
}

/** @returns MiB that the processes of a server, and its git, have at most while it is asked, beyond what they have before */
async function peakBeyondIdle(pid, git, call) {
  git.takePeak();
  const idle = new Map(withDescendants(pid).map((one) => [one, memoryOf(one, 'VmRSS')]));
  for (const one of idle.keys()) writeFileSync(`/proc/${one}/clear_refs`, FORGET_PEAK);
  for (let calls = 0; calls < CALLS; calls += 1) await call();
  const grown = withDescendants(pid).map((one) => memoryOf(one, 'VmHWM') - (idle.get(one) ?? 0));
  return (grown.reduce((sum, bytes) => sum + Math.max(0, bytes), 0) + git.takePeak()) / MIB;
}

const withDescendants = (pid) => [pid, ...descendantsOf(pid)];

/** Bytes, none of a process that has ended. @param which `VmRSS` for what it has, `VmHWM` for what it had at most */
function memoryOf(pid, which) {
  try {
    return (
      Number(
        new RegExp(`${which}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0,
      ) * 1_024
    );
  } catch {
    return 0;
  }
}
