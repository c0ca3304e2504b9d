import { type Clock } from '../shared/clock.js';

export interface StepReport {
  readonly step: string;
  readonly done: boolean;
  /** What was done, or what kept it from being done. */
  readonly detail: string;
  readonly took_ms: number;
}

/** Runs one step; one that fails is reported and keeps nobody from the next. */
export async function runStep(
  step: string,
  clock: Clock,
  work: () => string | Promise<string>,
): Promise<StepReport> {
  const since = clock.monotonicMs();
  const took = () => Math.round(clock.monotonicMs() - since);
  try {
    return { step, done: true, detail: await work(), took_ms: took() };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { step, done: false, detail, took_ms: took() };
  }
}
