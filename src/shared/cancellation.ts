import { type Abortable } from './abortable.js';

type Listener = Parameters<AbortSignal['addEventListener']>[1];

/**
 * An `AbortController` and its signal in one object. Node 20 makes each signal by giving an event target another prototype,
 * for which V8 makes hidden classes in its old generation, signal by signal: what a call leaves there is what the longest
 * pauses of its collector come from. One of these leaves nothing.
 *
 * It does what is asked of signals by `addEventListener` and by Node's own `{ signal }`; it is no event target otherwise.
 * `AbortSignal.any` does not see it end, see `anyOf`, nor do the operators of a `Readable` (`map`, `forEach`, `toArray`),
 * which call that: they are to be given `native()`.
 */
export class Cancellation implements Abortable, AbortSignal {
  private ended = false;
  private why: unknown = undefined;
  private handler: AbortSignal['onabort'] | undefined = undefined;
  private listeners: Listener[] | undefined = undefined;
  private twin: AbortController | undefined = undefined;

  get signal(): AbortSignal {
    return this;
  }

  get aborted(): boolean {
    return this.ended;
  }

  // As in the interface.
  // oxlint-disable-next-line typescript/no-explicit-any
  get reason(): any {
    return this.why;
  }

  get onabort(): AbortSignal['onabort'] {
    return this.handler ?? null;
  }

  set onabort(handler: AbortSignal['onabort']) {
    if (this.handler) this.removeEventListener('abort', this.handler);
    this.handler = handler;
    if (handler) this.addEventListener('abort', handler);
  }

  /** Ends it and calls who listens, within this call. From the second time on it does nothing. */
  abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): void {
    if (this.ended) return;
    this.ended = true;
    this.why = reason;
    const { listeners } = this;
    // Taken out one by one: one that is called may take out those that come after it.
    for (let next = listeners?.shift(); next !== undefined; next = listeners?.shift()) this.tell(next);
  }

  throwIfAborted(): void {
    if (this.ended) throw this.why;
  }

  addEventListener(type: string, listener: Listener): void {
    // Each is called at most once, since a signal ends once, and never where it has ended.
    if (type !== 'abort' || this.ended) return;
    if (this.listeners === undefined) this.listeners = [listener];
    else if (!this.listeners.includes(listener)) this.listeners.push(listener);
  }

  removeEventListener(type: string, listener: Listener): void {
    const at = type === 'abort' ? (this.listeners?.indexOf(listener) ?? -1) : -1;
    if (at >= 0) this.listeners?.splice(at, 1);
  }

  /** @throws Error always: only `abort` ends it */
  dispatchEvent(): boolean {
    throw new Error('Only abort ends a cancellation');
  }

  /** A signal of Node's that ends with this one. */
  native(): AbortSignal {
    const twin = (this.twin ??= this.twinned());
    // Who is told before the twin is may ask for it already.
    if (this.ended) twin.abort(this.why);
    return twin.signal;
  }

  private twinned(): AbortController {
    const twin = new AbortController();
    this.addEventListener('abort', () => twin.abort(this.why));
    return twin;
  }

  private tell(listener: Listener): void {
    const event = new Ended(this);
    try {
      if (typeof listener === 'function') listener.call(this, event);
      else listener.handleEvent(event);
    } catch (thrown) {
      // As event targets of Node do: the others are told all the same.
      process.nextTick(() => {
        throw thrown;
      });
    }
  }
}

// Whoever asks with `instanceof` is told what it is.
Object.setPrototypeOf(Cancellation.prototype, AbortSignal.prototype);

/**
 * As `AbortSignal.any`, which in Node 20 holds none of them: whoever calls it keeps each for as long as it may end. An
 * `AbortSignal.timeout` that nobody else has is collected with its timer; that is what a `Deadline` is for.
 */
export function anyOf(...signals: readonly AbortSignal[]): AbortSignal {
  return AbortSignal.any(
    signals.map((signal) => (signal instanceof Cancellation ? signal.native() : signal)),
  );
}

class Ended extends Event {
  constructor(private readonly signal: AbortSignal) {
    super('abort');
  }

  override get target(): AbortSignal {
    return this.signal;
  }

  override get currentTarget(): AbortSignal {
    return this.signal;
  }
}
