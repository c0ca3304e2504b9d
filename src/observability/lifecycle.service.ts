import { Injectable } from '@nestjs/common';

export type LifecyclePhase = 'starting' | 'ready' | 'draining';

/** Where the process is in its life. Readiness, the upgrade and the operations ask it; only start and drain change it. */
@Injectable()
export class Lifecycle {
  private current: LifecyclePhase = 'starting';

  get phase(): LifecyclePhase {
    return this.current;
  }

  get draining(): boolean {
    return this.current === 'draining';
  }

  ready(): void {
    if (this.current === 'starting') this.current = 'ready';
  }

  drain(): void {
    this.current = 'draining';
  }
}
