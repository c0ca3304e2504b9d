/**
 * How long after its abort a work may take to say how it really ended. Long enough for what reacts to its
 * signal, short enough that a caller who cancelled has an answer within 100 ms.
 */
export const SETTLE_GRACE_MS = 75;

/**
 * What the work ends with; or, if it ignores its abort for longer than the grace, the signal's reason.
 * The work then goes on unheard, and its late failure is nobody's.
 */
export function settleOrAbandon<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const abandon = () => reject(signal.reason as Error);
    const arm = () => {
      timer = setTimeout(abandon, SETTLE_GRACE_MS);
    };
    const disarm = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', arm);
    };
    if (signal.aborted) arm();
    else signal.addEventListener('abort', arm, { once: true });
    work.finally(disarm).then(resolve, reject);
  });
}
