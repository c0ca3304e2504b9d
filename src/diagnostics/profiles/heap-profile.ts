import { type HeapProfiler } from 'node:inspector';

import { placeOf } from './cpu-profile.js';

export interface Allocator {
  readonly function: string;
  /** `file:line`, 1 and up; empty for what is native. */
  readonly at: string;
  /** Of what it allocated while the profile ran and is still in use, by estimate. */
  readonly bytes: number;
}

const SHOWN = 10;

/** Who allocated most of what is still in use. */
export function topAllocators({ head }: HeapProfiler.SamplingHeapProfile): readonly Allocator[] {
  const byFunction = new Map<string, { function: string; at: string; bytes: number }>();
  const pending = [head];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    pending.push(...node.children);
    const { callFrame, selfSize } = node;
    const name = callFrame.functionName === '' ? '(anonymous)' : callFrame.functionName;
    const at = placeOf(callFrame);
    const entry = byFunction.get(`${name} ${at}`) ?? { function: name, at, bytes: 0 };
    entry.bytes += selfSize;
    byFunction.set(`${name} ${at}`, entry);
  }
  return [...byFunction.values()]
    .filter(({ bytes }) => bytes > 0)
    .toSorted((one, other) => other.bytes - one.bytes)
    .slice(0, SHOWN);
}
