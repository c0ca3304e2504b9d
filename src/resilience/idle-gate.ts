/** Knows when the last of those who entered has left. */
export class IdleGate {
  private inside = 0;
  private readonly waiting = new Set<() => void>();

  /** @returns leaves; call it once */
  enter(): () => void {
    this.inside += 1;
    return () => {
      this.inside -= 1;
      if (this.inside === 0) for (const resolve of this.waiting) resolve();
    };
  }

  whenIdle(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (how: () => void) => {
        this.waiting.delete(idle);
        signal.removeEventListener('abort', give);
        how();
      };
      const idle = () => settle(resolve);
      const give = () => settle(() => reject(signal.reason as Error));
      if (signal.aborted) give();
      else if (this.inside === 0) resolve();
      else {
        this.waiting.add(idle);
        signal.addEventListener('abort', give, { once: true });
      }
    });
  }
}
