import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

import { type Entry } from '../../src/sessions/store/entry.js';
import { frameOf, ID, KeptSession, linesOf, stateAt } from './kept-session.js';

/** What reaches the disk as a whole. Smaller than any page, so that short sessions have many. */
const SECTOR = 512;
const NAMES = ['', '.before'] as const;

/** Names of files, and what is in each of them by its number. */
interface Moment {
  readonly names: ReadonlyMap<string, number>;
  readonly files: ReadonlyMap<number, Buffer>;
}

/** A session with requests, and what a loss of power may leave of it. */
export class TornSession {
  readonly unanswered = new Set<string>();
  /** Number of the frame that answers each request. */
  readonly answers = new Map<string, number>();
  /** Number of the last frame before each request. */
  readonly begunAfter = new Map<string, number>();
  private readonly moments: Moment[] = [];
  private requests = 0;

  private constructor(readonly kept: KeptSession) {}

  static async open(): Promise<TornSession> {
    const torn = new TornSession(await KeptSession.open());
    torn.append(stateAt(0));
    return torn;
  }

  request(): void {
    const id = `r${(this.requests += 1)}`;
    this.unanswered.add(id);
    this.begunAfter.set(id, this.kept.lastSeq);
    this.append({ kind: 'request', request: { id, tool: 'git_log' } });
  }

  /** Of the request that has waited for longest; a frame like any other where there is none. */
  answer(bytes: number): void {
    this.append(this.frame(bytes));
  }

  begin(bytes: number): void {
    const frame = this.frame(bytes);
    const requests = [...this.unanswered].map(
      (id) => ({ kind: 'request', request: { id, tool: 'git_log' } }) as const,
    );
    this.kept.store.beginPart(ID, 1, linesOf([frame, ...requests, stateAt(this.kept.lastSeq)]));
    this.look();
  }

  /**
   * Leaves the names of one moment and the sectors of any, from `since` on: what was there by then has reached the disk.
   *
   * @param choose a number below the one that it is given
   */
  losePower(since: number, choose: (count: number) => number): void {
    const moments = this.moments.slice(Math.min(since, this.moments.length - 1));
    const { names } = moments[choose(moments.length)] as Moment;
    for (const name of NAMES) {
      const file = names.get(name);
      rmSync(this.kept.path(name), { force: true });
      if (file === undefined) continue;
      const versions = moments.map(({ files }) => files.get(file)).filter((bytes) => bytes !== undefined);
      writeFileSync(this.kept.path(name), sectorsOf(versions, choose));
    }
  }

  async close(): Promise<void> {
    await this.kept.close();
  }

  private frame(bytes: number): Entry {
    const { kept, unanswered } = this;
    const frame = frameOf((kept.lastSeq += 1), bytes);
    const [answers] = unanswered;
    if (answers === undefined) return frame;
    unanswered.delete(answers);
    this.answers.set(answers, kept.lastSeq);
    return { ...frame, answers };
  }

  private append(entry: Entry): void {
    this.kept.store.append(ID, 1, linesOf([entry]));
    this.look();
  }

  private look(): void {
    const names = new Map<string, number>();
    const files = new Map(this.moments.at(-1)?.files);
    for (const name of NAMES) {
      const path = this.kept.path(name);
      if (!existsSync(path)) continue;
      const { ino } = statSync(path);
      names.set(name, ino);
      files.set(ino, readFileSync(path));
    }
    this.moments.push({ names, files });
  }
}

/** Where a sector is not there yet, the file ends. */
function sectorsOf(versions: readonly Buffer[], choose: (count: number) => number): Buffer {
  const sectors: Buffer[] = [];
  for (let at = 0; ; at += SECTOR) {
    const sector = versions[choose(versions.length)]?.subarray(at, at + SECTOR) ?? Buffer.alloc(0);
    sectors.push(sector);
    if (sector.length < SECTOR) return Buffer.concat(sectors);
  }
}
