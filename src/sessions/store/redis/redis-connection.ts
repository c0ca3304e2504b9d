import { Logger } from '@nestjs/common';
import { createClient } from 'redis';

const LONGEST_WAIT_MS = 2_000;
const PING_EVERY_MS = 5_000;
/** Beyond it the store is too slow to be of use, and whoever writes is told so at once. */
const MAX_WAITING = 10_000;

export interface RedisAddress {
  /** `redis[s]://[[user][:password]@]host[:port][/database]` */
  readonly url: string;
  /** For each command; what is not answered by then has failed, though Redis may have done it. */
  readonly timeoutMs: number;
  /** Who has not been heard for so long counts as dead, and others may have what was its own. */
  readonly deadAfterMs: number;
}

/**
 * One connection to Redis. While there is none, commands fail at once instead of waiting in memory. Only where Redis has not
 * answered for as long as others wait for the dead, as after a process stood still, they wait for a new connection as long as
 * for an answer: by then somebody else may be the owner of what they are about.
 */
export class RedisConnection {
  private readonly logger = new Logger('SessionStore');
  private readonly client: ReturnType<typeof newClient>;
  private isLost = false;
  /** Monotonic, in milliseconds. */
  private answeredAt = performance.now();
  private returning: Promise<void> | undefined;

  constructor(private readonly address: RedisAddress) {
    this.client = newClient(address);
    this.client.on('error', (err: unknown) => {
      if (!this.isLost) this.logger.warn('Redis cannot be reached', { err });
      this.isLost = true;
    });
    this.client.on('ready', () => {
      if (this.isLost) this.logger.log('Redis is reached again');
      this.isLost = false;
    });
  }

  /** @throws Error saying what to do where it cannot be reached */
  async open(): Promise<void> {
    try {
      await this.within(() => this.client.connect(), Math.max(this.address.timeoutMs, LONGEST_WAIT_MS));
    } catch (cause) {
      this.client.destroy();
      const { host } = new URL(this.address.url);
      throw new Error(
        `the Redis server of sessions.store.url (${host}) cannot be used; start it, or set sessions.store.kind to file`,
        { cause },
      );
    }
  }

  /** Waits for what is under way, but not for a server that is away. */
  async close(): Promise<void> {
    if (!this.client.isOpen) return;
    if (!this.client.isReady) return this.client.destroy();
    await this.within(() => this.client.close()).catch(() => this.client.destroy());
  }

  /** Commands reach Redis in the order in which they are given. */
  run(script: string, keys: readonly string[], given: readonly string[]): Promise<unknown> {
    return this.command(() => this.client.eval(script, { keys: [...keys], arguments: [...given] }));
  }

  /** @param words of the command, its name first */
  send(words: readonly string[]): Promise<unknown> {
    return this.command(() => this.client.sendCommand([...words]));
  }

  private async command(send: () => Promise<unknown>): Promise<unknown> {
    const returning = this.whenBack();
    const answer = await this.within(returning === undefined ? send : () => returning.then(send));
    this.answeredAt = performance.now();
    return answer;
  }

  /** @returns nothing where there is no need, or no reason, to wait */
  private whenBack(): Promise<void> | undefined {
    if (this.client.isReady || performance.now() - this.answeredAt < this.address.deadAfterMs)
      return undefined;
    this.returning ??= new Promise<void>((resolve) => {
      this.client.once('ready', () => {
        this.returning = undefined;
        resolve();
      });
    });
    return this.returning;
  }

  private async within<T>(work: () => Promise<T>, limitMs = this.address.timeoutMs): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Redis did not answer within ${limitMs} ms`)), limitMs);
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function newClient({ url }: RedisAddress) {
  return createClient({
    url,
    // Its replies are read as lists of texts, which both versions of the protocol have.
    RESP: 2,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_WAITING,
    pingInterval: PING_EVERY_MS,
    socket: {
      connectTimeout: LONGEST_WAIT_MS,
      // Longer than the pings are apart: a connection on which nothing arrives is dead.
      socketTimeout: PING_EVERY_MS * 2,
      reconnectStrategy: (tries) =>
        Math.min(LONGEST_WAIT_MS, 50 * 2 ** Math.min(tries, 6)) * (0.5 + Math.random() / 2),
    },
  });
}
