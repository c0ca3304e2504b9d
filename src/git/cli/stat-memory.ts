import { type Clock } from '../../shared/clock.js';
import { statSignature } from './stat-signature.js';

const MAX_KEPT = 64;

interface Kept<T> {
  readonly signature: string;
  readonly found: T;
}

/** What was found out of files, for as long as they look the same. */
export class StatMemory<T> {
  private readonly kept = new Map<string, Kept<T>>();

  constructor(private readonly clock: Clock) {}

  /** @param files there or not, all that the finding depends on @param mayKeep where it depends on others as well */
  async get(
    files: readonly string[],
    find: () => Promise<T>,
    mayKeep: (found: T) => boolean = () => true,
  ): Promise<T> {
    const key = files.join('\0');
    const before = signatureOf(files);
    const known = this.kept.get(key);
    if (known?.signature === before.text) return known.found;
    const found = await find();
    // What was written meanwhile, or a moment ago, is looked at again.
    const isSettled = before.settled(this.clock.nowMs()) && signatureOf(files).text === before.text;
    this.kept.delete(key);
    if (isSettled && mayKeep(found)) this.keep(key, { signature: before.text, found });
    return found;
  }

  private keep(key: string, kept: Kept<T>): void {
    const oldest = this.kept.keys().next();
    if (this.kept.size >= MAX_KEPT && !oldest.done) this.kept.delete(oldest.value);
    this.kept.set(key, kept);
  }
}

function signatureOf(files: readonly string[]) {
  const signatures = files.map(statSignature);
  return {
    text: signatures.map(({ text }) => text).join(' '),
    settled: (nowMs: number) => signatures.every((file) => file.settled(nowMs)),
  };
}
