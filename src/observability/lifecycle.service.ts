import { Injectable } from '@nestjs/common';

export type LifecyclePhase = 'starting' | 'ready' | 'draining';

/** Where the process is in its life. Readiness, the upgrade and the operations ask it; only start and drain change it. */
@Injectable()
export class Lifecycle {
  private current: LifecyclePhase = 'starting';
  private ending = false;
  private restarting: (() => void) | undefined;

  get phase(): LifecyclePhase {
    return this.current;
  }

  get draining(): boolean {
    return this.current === 'draining';
  }

  ready(): void {
    if (this.current === 'starting') this.current = 'ready';
  }

  /** Takes in nothing new; what runs goes on. @param why `end`: for good; `pause`: until `resume` */
  drain(why: 'end' | 'pause' = 'end'): void {
    this.ending ||= why === 'end';
    this.current = 'draining';
  }

  /** @returns whether it takes in work again: never where it drains in order to end */
  resume(): boolean {
    if (this.ending) return false;
    if (this.current === 'draining') this.current = 'ready';
    return true;
  }

  /** @param restart asks whoever would start the next server; without it there is no restart from inside */
  restartWith(restart: () => void): void {
    this.restarting = restart;
  }

  /** Begins a graceful restart. @returns whether there is somebody to start the next server */
  restart(): boolean {
    this.restarting?.();
    return this.restarting !== undefined;
  }
}
