import { type Session } from 'node:inspector/promises';

import { type Allocator, topAllocators } from '../profiles/heap-profile.js';

/** Coarse enough to run for hours. */
const SAMPLE_EVERY_BYTES = 131_072;

/** Tells, by samples, who allocated what is still in use. Costs nothing until it is started. */
export class AllocationSampler {
  private session: Session | undefined;

  get running(): boolean {
    return this.session !== undefined;
  }

  async start(): Promise<void> {
    if (this.session !== undefined) return;
    const inspector = await import('node:inspector/promises');
    const session = new inspector.Session();
    session.connect();
    this.session = session;
    await session.post('HeapProfiler.startSampling', { samplingInterval: SAMPLE_EVERY_BYTES });
  }

  /** Since it was started. Ends it: there is one sampler in a process, and an operator may want it. */
  async stop(): Promise<readonly Allocator[]> {
    const { session } = this;
    this.session = undefined;
    if (session === undefined) return [];
    try {
      const { profile } = await session.post('HeapProfiler.stopSampling');
      return topAllocators(profile);
    } catch {
      // A profile that somebody took meanwhile has ended it.
      return [];
    } finally {
      session.disconnect();
    }
  }
}
