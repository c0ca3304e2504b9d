import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./load-clients.mjs', import.meta.url));

/** What came of the calls of one task; times in milliseconds, of those that were done. */
export interface LoadResult {
  readonly done: number;
  /** Told when to come again. */
  readonly refused: number;
  readonly failed: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

interface Calls {
  /** Messages without ids, sent in turn. */
  readonly messages: readonly object[];
  readonly seconds: number;
}

/** Clients that make load, in a process of their own: one that shared the event loop of the tests would measure that. */
export class LoadProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** @param token that each session shows */
  static async start(url: string, sessions: number, token = ''): Promise<LoadProcess> {
    const child = fork(SCRIPT, [url, String(sessions), token], {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const load = new LoadProcess(child);
    await load.answer();
    return load;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** So many calls in flight at any time. */
  closedLoop({ messages, seconds }: Calls, inFlight: number): Promise<LoadResult> {
    return this.run({ task: 'closed', bodies: messages.map(textOf), seconds, inFlight });
  }

  /** @param rate calls a second, whatever becomes of them */
  openLoop({ messages, seconds }: Calls, rate: number): Promise<LoadResult> {
    return this.run({ task: 'open', bodies: messages.map(textOf), seconds, rate });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  private run(task: object): Promise<LoadResult> {
    this.child.send(task);
    return this.answer() as Promise<LoadResult>;
  }

  private async answer(): Promise<unknown> {
    const given = new AbortController();
    const { signal } = given;
    const ended = once(this.child, 'exit', { signal }).then(([code]) => {
      throw new Error(`the clients ended with ${code} before they answered`);
    });
    try {
      const [answer] = (await Promise.race([once(this.child, 'message', { signal }), ended])) as [unknown];
      return answer;
    } finally {
      given.abort();
      ended.catch(() => undefined);
    }
  }
}

function textOf(message: object): string {
  return JSON.stringify(message);
}
