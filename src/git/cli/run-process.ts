import { ServerError } from '../../shared/errors/index.js';
import { type GitResult } from '../git-cli.port.js';
import { CapturedOutput, type PartLimit } from './captured-output.js';
import { LineSplitter } from './line-splitter.js';
import { ProcessGroup } from './process-group.js';

/** What git says on stderr is for logs and for classification; more than this says nothing new. */
const MAX_STDERR_BYTES = 10_000;
/** As after a libgit2 worker that died: there is nothing to wait for but another process. */
const RETRY_AFTER_MS = 200;
/** The kernel knows that a process has ended before the spawner has told how. */
const EXIT_TOLD_WITHIN_MS = 25;

/** The part of a child process that is needed to watch over it. It leads a process group of its own. */
export interface StartedProcess {
  readonly pid?: number | undefined;
  /** Its id where that is not known at once; rejected with what kept it from starting. */
  readonly started?: Promise<number>;
  readonly stdin: {
    on(event: 'error', listener: () => void): { end(input: string | Buffer | undefined): unknown };
  } | null;
  readonly stdout: ProcessOutput | null;
  readonly stderr: ProcessOutput | null;
  once(event: 'error', listener: (error: Error) => void): unknown;
  once(
    event: 'exit' | 'close',
    listener: (code: number | null, signal: NodeJS.Signals | null) => void,
  ): unknown;
  /** Called when nobody of its group runs any more. */
  release?(): void;
}

export interface ProcessOutput {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  destroy(): unknown;
}

export interface ProcessRequest {
  /** What it is called in errors; git if absent. */
  readonly name?: string;
  readonly stdin?: string | Buffer | Promise<string> | undefined;
  readonly maxOutputBytes: number;
  readonly partLimit?: PartLimit | undefined;
  /** End the process at the cap; else it goes on and the rest of its output is dropped. */
  readonly endAtCap: boolean;
  readonly rawOutput?: boolean | undefined;
  readonly onStdout?: ((part: Buffer) => void) | undefined;
  readonly graceMs: number;
  readonly onStderrLine?: ((line: string) => void) | undefined;
}

/**
 * Watches over one process until it and all that it started are gone.
 *
 * @throws the signal's reason after an abort that came before the end, once nobody of the group runs; what kept the process from starting;
 *   ServerError `temporary_resource_unavailable` with `details.reason: 'killed'` if something else ended it; `operation_failed` with
 *   `'crashed'` if it ended itself
 */
export async function runProcess(
  start: () => StartedProcess,
  request: ProcessRequest,
  signal: AbortSignal,
): Promise<GitResult> {
  signal.throwIfAborted();
  const child = start();
  const started = child.started ?? child.pid;
  if (started === undefined) return new Promise((_, reject) => void child.once('error', reject));
  const group = groupOf(started, request.graceMs);
  const capture = captureOf(child, request, () => void group.end());
  const exiting = exitOf(child, group, signal);
  await started;
  const exit = await exiting;
  await group.end();
  child.release?.();
  // What was done before the abort arrived is done, and is reported so.
  if (exit.code !== 0) signal.throwIfAborted();
  return resultOf(exit, capture(), request.name ?? 'git');
}

interface Group {
  end(): Promise<void>;
}

/** One whose leader's id may still be on its way. */
function groupOf(started: number | Promise<number>, graceMs: number): Group {
  if (typeof started === 'number') return new ProcessGroup(started, graceMs);
  const group = started.then(
    (pid) => new ProcessGroup(pid, graceMs),
    // Nobody came to be.
    () => undefined,
  );
  return { end: async () => (await group)?.end() };
}

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function exitOf(child: StartedProcess, group: Group, signal: AbortSignal): Promise<Exit> {
  return new Promise((resolve) => {
    let exit: Exit = { code: null, signal: 'SIGKILL' };
    const told = new Promise<void>((tell) => child.once('exit', () => tell()));
    const stop = async () => {
      await group.end();
      await within(told, EXIT_TOLD_WITHIN_MS);
      // Somebody who left the group may still hold the pipes; nobody waits for them.
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(exit);
    };
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', () => undefined);
    // git waits for the processes it needs: whoever of the group outlives it would hold the pipes for nothing.
    child.once('exit', (code, killedBy) => {
      exit = { code, signal: killedBy };
      void group.end();
    });
    child.once('close', () => {
      signal.removeEventListener('abort', stop);
      resolve(exit);
    });
  });
}

function within(told: Promise<void>, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, waitMs);
    void told.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

type Captured = Omit<GitResult, 'exitCode'>;

function captureOf(child: StartedProcess, request: ProcessRequest, end: () => void): () => Captured {
  const encoding = request.rawOutput ? 'latin1' : 'utf8';
  const stdout = new CapturedOutput(request.maxOutputBytes, request.partLimit, request.onStdout, encoding);
  const stderr = new CapturedOutput(MAX_STDERR_BYTES);
  const lines = request.onStderrLine && new LineSplitter(request.onStderrLine);
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout.push(chunk);
    if (!stdout.truncated || !request.endAtCap) return;
    // What it writes until it is dead would all be read into memory.
    child.stdout?.destroy();
    end();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr.push(chunk);
    lines?.push(chunk);
  });
  // A process that ends before it has read all of its input closes the pipe; its exit code says what happened.
  const stdin = child.stdin?.on('error', () => undefined);
  if (!(request.stdin instanceof Promise)) stdin?.end(request.stdin);
  else void request.stdin.catch(() => '').then((input) => stdin?.end(input));
  return () => {
    lines?.end();
    return { stdout: stdout.text(), stderr: stderr.text(), truncated: stdout.truncated };
  };
}

function resultOf(exit: Exit, captured: Captured, name: string): GitResult {
  if (exit.code !== null) return { exitCode: exit.code, ...captured };
  if (captured.truncated) return { exitCode: 0, ...captured };
  throw killed(exit.signal, name);
}

/** What a process raises by its own fault, and would again. */
const CRASHES: ReadonlySet<NodeJS.Signals | null> = new Set([
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGSEGV',
  'SIGSYS',
]);

function killed(signal: NodeJS.Signals | null, name: string): ServerError {
  if (CRASHES.has(signal)) {
    const message = `${name} crashed; check the objects of the repository with git_fsck`;
    return new ServerError('operation_failed', message, { details: { reason: 'crashed', signal } });
  }
  return new ServerError(
    'temporary_resource_unavailable',
    `${name} was ended by a signal from outside; try again`,
    { retryAfterMs: RETRY_AFTER_MS, details: { reason: 'killed', signal } },
  );
}
