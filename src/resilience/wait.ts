/** Resolves after `ms` milliseconds; aborting the signal ends the timer and rejects with the signal's reason. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', give);
      resolve();
    }, ms);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
}
