import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';

import { type LogThreshold, PinoLogger } from '../pino.logger.js';

export interface LogLevelView {
  readonly level: LogThreshold;
  readonly components: Readonly<Record<string, LogThreshold>>;
}

const GENERAL = '';

/** Log levels that an operator changes while the server runs; each goes back by itself. */
@Injectable()
export class LogLevels implements OnApplicationShutdown {
  private readonly logger = new Logger(LogLevels.name);
  private readonly reverts = new Map<string, { readonly timer: NodeJS.Timeout; readonly undo: () => void }>();

  constructor(private readonly pino: PinoLogger) {}

  onApplicationShutdown(): void {
    for (const { timer } of this.reverts.values()) clearTimeout(timer);
  }

  view(): LogLevelView {
    return this.pino.levels();
  }

  /**
   * @param component the name that its records carry; all of them where absent
   * @param forMs after which it is as it was before the first change
   */
  set(level: LogThreshold, component: string | undefined, forMs: number): void {
    const key = component ?? GENERAL;
    const pending = this.reverts.get(key);
    clearTimeout(pending?.timer);
    const undo = pending?.undo ?? this.undoOf(component);
    this.pino.setLevel(level, component);
    this.reverts.set(key, { undo, timer: setTimeout(() => this.revert(component), forMs) });
    this.logger.log('Log level changed', { of: component ?? 'everything', to: level, for_ms: forMs });
  }

  /** Now, without waiting for the time to be over. */
  revert(component: string | undefined): void {
    const key = component ?? GENERAL;
    const pending = this.reverts.get(key);
    if (pending === undefined) return;
    clearTimeout(pending.timer);
    this.reverts.delete(key);
    pending.undo();
    this.logger.log('Log level is as before', { of: component ?? 'everything' });
  }

  /** Everything at debug, or back. */
  toggleDebug(forMs: number): void {
    if (this.reverts.has(GENERAL)) this.revert(undefined);
    else this.set('debug', undefined, forMs);
  }

  private undoOf(component: string | undefined): () => void {
    const { level, components } = this.pino.levels();
    const before = component === undefined ? level : components[component];
    if (before !== undefined) return () => this.pino.setLevel(before, component);
    return () => this.pino.clearLevel(component ?? GENERAL);
  }
}
