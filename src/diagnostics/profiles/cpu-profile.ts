import { type Profiler } from 'node:inspector';

export interface BusyFunction {
  readonly function: string;
  /** `file:line`, 1 and up; empty for what is native. */
  readonly at: string;
  readonly self_ms: number;
  /** 0..100, of the time that was sampled. */
  readonly percent: number;
}

const SHOWN = 10;

/** The functions in which most time was spent, callees not included. */
export function busiestFunctions({
  nodes,
  samples = [],
  timeDeltas = [],
}: Profiler.Profile): readonly BusyFunction[] {
  const selfUs = new Map<number, number>();
  for (const [index, id] of samples.entries()) {
    selfUs.set(id, (selfUs.get(id) ?? 0) + Math.max(0, timeDeltas[index] ?? 0));
  }
  const byFunction = new Map<string, { readonly name: string; readonly at: string; us: number }>();
  for (const { id, callFrame } of nodes) {
    const name = callFrame.functionName === '' ? '(anonymous)' : callFrame.functionName;
    const at = placeOf(callFrame);
    const entry = byFunction.get(`${name} ${at}`) ?? { name, at, us: 0 };
    entry.us += selfUs.get(id) ?? 0;
    byFunction.set(`${name} ${at}`, entry);
  }
  const totalUs = [...selfUs.values()].reduce((sum, us) => sum + us, 0);
  return [...byFunction.values()]
    .filter(({ us }) => us > 0)
    .toSorted((one, other) => other.us - one.us)
    .slice(0, SHOWN)
    .map(({ name, at, us }) => ({
      function: name,
      at,
      self_ms: Math.round(us / 100) / 10,
      percent: Math.round((us / totalUs) * 1_000) / 10,
    }));
}

export function placeOf({ url, lineNumber }: { readonly url: string; readonly lineNumber: number }): string {
  if (url === '') return '';
  // The part that tells files of this server apart, without where it is installed.
  const path = url.replace(/^file:\/\//, '').replace(/^.*\/(?=(node_modules|dist|src)\/)/, '');
  return `${path}:${lineNumber + 1}`;
}
