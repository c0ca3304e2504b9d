import { isRunning, type ProcessIdentity, thisProcess } from '../../../shared/process-identity.js';
import {
  type ClaimedLines,
  SessionTakenError,
  type SessionStore,
  type StoreLine,
} from '../session-store.port.js';
import { RedisConnection } from './redis-connection.js';
import { APPEND, BEGIN_PART, CLAIM, QUARANTINE, REMOVE, REPLACE } from './redis-scripts.js';

const HOUR_MS = 3_600_000;
/** Of a server that never comes back; each write begins it anew. */
const KEEP_MS = 7 * 24 * HOUR_MS;
const KEEP_QUARANTINED_MS = 30 * 24 * HOUR_MS;
/** A former owner that still writes is told so for as long. */
const KEEP_REMOVED_MS = 24 * HOUR_MS;
const ALIVE_EVERY_MS = 4_000;
const ALIVE_FOR_MS = 8_000;
const FORMER_OWNER = -1;
const LOST = -2;

export interface RedisStoreOptions {
  readonly url: string;
  /** What all keys begin with. */
  readonly prefix: string;
  /** Name of this server among those that share the store; the next process has the same. */
  readonly node: string;
  readonly host: string;
  readonly timeoutMs: number;
}

/**
 * Sessions in a Redis that several servers may share. Each session has one owner. Its writes show a fencing number,
 * which each claim raises, and Redis itself refuses those of a former owner. What a server leaves is claimed by the next
 * process of the same name, and by any other once the name has not been heard of for ten seconds.
 */
export class RedisSessionStore implements SessionStore {
  readonly durable = true;
  readonly isShared = true;
  private readonly redis: RedisConnection;
  /** Sessions that Redis has lines of; without them a line that is not the first is not taken. */
  private readonly written = new Set<string>();
  /** How many lines of a session Redis was given since its current part began. */
  private readonly partLines = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: RedisStoreOptions) {
    this.redis = new RedisConnection({ ...options, deadAfterMs: ALIVE_FOR_MS });
  }

  async open(): Promise<void> {
    await this.redis.open();
    try {
      await this.takeName();
    } catch (error) {
      await this.redis.close();
      throw error;
    }
    this.timer = setInterval(() => void this.sayAlive().catch(() => undefined), ALIVE_EVERY_MS);
    this.timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.redis.close();
  }

  async owned(): Promise<readonly string[]> {
    return (await this.redis.send(['SMEMBERS', this.ownedKey])) as string[];
  }

  async claim(id: string): Promise<ClaimedLines | undefined> {
    const { node } = this.options;
    const owner = (await this.redis.send(['HGET', this.entryKey(id), 'owner'])) as string | null;
    if (owner !== null && owner !== node && (await this.isAlive(owner))) return undefined;
    const answer = await this.redis.run(CLAIM, this.keysOf(id), [owner ?? '', node]);
    const [fence, ...lines] = (answer as string[] | null) ?? [];
    const isOurs = owner === null || owner === '' || owner === node;
    if (fence === undefined) {
      // Of another's that is gone by now somebody else is the owner, maybe another claim of this server.
      if (isOurs) await this.redis.send(['SREM', this.ownedKey, id]);
      return undefined;
    }
    if (owner !== node) await this.redis.send(['SADD', this.ownedKey, id]);
    this.written.add(id);
    this.partLines.set(id, lines.length);
    return { fence: Number(fence), lines };
  }

  async read(id: string): Promise<readonly string[] | undefined> {
    const [, lines = ''] = this.keysOf(id);
    const found = (await this.redis.send(['LRANGE', lines, '0', '-1'])) as string[];
    return found.length === 0 ? undefined : found;
  }

  async append(id: string, fence: number, lines: readonly StoreLine[]): Promise<void> {
    const isFirst = !this.written.has(id);
    if (isFirst) this.list(id);
    this.partLines.set(id, (this.partLines.get(id) ?? 0) + lines.length);
    const given = [
      String(fence),
      this.options.node,
      String(KEEP_MS),
      isFirst ? '1' : '0',
      ...lines.map(String),
    ];
    this.check(id, await this.redis.run(APPEND, this.keysOf(id), given));
    this.written.add(id);
  }

  async beginPart(id: string, fence: number, lines: readonly StoreLine[]): Promise<void> {
    const kept = this.partLines.get(id) ?? 0;
    this.partLines.set(id, lines.length);
    const given = [String(fence), this.options.node, String(KEEP_MS), String(kept), ...lines.map(String)];
    this.check(id, await this.redis.run(BEGIN_PART, this.keysOf(id), given));
  }

  async replace(id: string, fence: number, lines: readonly StoreLine[]): Promise<void> {
    this.list(id);
    this.partLines.set(id, lines.length);
    const given = [String(fence), this.options.node, String(KEEP_MS), ...lines.map(String)];
    this.check(id, await this.redis.run(REPLACE, this.keysOf(id), given));
    this.written.add(id);
  }

  async remove(id: string, fence: number): Promise<void> {
    this.release(id);
    const answer = this.redis.run(REMOVE, this.keysOf(id), [String(fence), String(KEEP_REMOVED_MS)]);
    await Promise.all([answer, this.redis.send(['SREM', this.ownedKey, id])]);
  }

  async quarantine(id: string): Promise<void> {
    this.release(id);
    const keys = [...this.keysOf(id), `${this.sessionKey(id)}:quarantine`];
    await this.redis.run(QUARANTINE, keys, [String(KEEP_QUARANTINED_MS)]);
    await this.redis.send(['SREM', this.ownedKey, id]);
  }

  release(id: string): void {
    this.written.delete(id);
    this.partLines.delete(id);
  }

  /** In the list first: a session that only the list has does no harm, one that only Redis has is never found again. */
  private list(id: string): void {
    void this.redis.send(['SADD', this.ownedKey, id]).catch(() => undefined);
  }

  private check(id: string, answer: unknown): void {
    if (answer === FORMER_OWNER) throw new SessionTakenError(id);
    if (answer === LOST) throw new Error('Redis has lost a session, which is written anew');
  }

  private async takeName(): Promise<void> {
    const { node, host } = this.options;
    const before = parse((await this.redis.send(['GET', this.aliveKey(node)])) as string | null);
    const isOther = before?.host === host && before.pid !== process.pid && isRunning(before);
    if (isOther) {
      throw new Error(
        `the sessions of ${node} belong to the running process ${before.pid}; set sessions.store.node to another name`,
      );
    }
    await this.sayAlive();
  }

  private sayAlive(): Promise<unknown> {
    const { node, host } = this.options;
    const text = JSON.stringify({ ...thisProcess(), host });
    return this.redis.send(['SET', this.aliveKey(node), text, 'PX', String(ALIVE_FOR_MS)]);
  }

  private async isAlive(node: string): Promise<boolean> {
    return node !== '' && (await this.redis.send(['EXISTS', this.aliveKey(node)])) === 1;
  }

  private keysOf(id: string): readonly string[] {
    return [this.entryKey(id), `${this.sessionKey(id)}:lines`];
  }

  private entryKey(id: string): string {
    return `${this.sessionKey(id)}:entry`;
  }

  /** In braces: all keys of a session are in one slot of a Redis cluster. */
  private sessionKey(id: string): string {
    return `${this.options.prefix}:session:{${id}}`;
  }

  private aliveKey(node: string): string {
    return `${this.options.prefix}:alive:${node}`;
  }

  private get ownedKey(): string {
    return `${this.options.prefix}:owned:${this.options.node}`;
  }
}

function parse(text: string | null): (ProcessIdentity & { readonly host: string }) | undefined {
  try {
    return text === null ? undefined : (JSON.parse(text) as ProcessIdentity & { readonly host: string });
  } catch {
    return undefined;
  }
}
