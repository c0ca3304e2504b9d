import { type HeapProfiler, type Runtime } from 'node:inspector';

import { placeOf } from './cpu-profile.js';

export interface Allocator {
  readonly function: string;
  /** `file:line`, 1 and up; empty for what is native. */
  readonly at: string;
  /** Of what it allocated while the profile ran and is still in use, by estimate. */
  readonly bytes: number;
}

const SHOWN = 10;

/** Who allocated most of what is still in use. What is native allocates for who called it: `from` alone says nothing. */
export function topAllocators({ head }: HeapProfiler.SamplingHeapProfile): readonly Allocator[] {
  const byFunction = new Map<string, { function: string; at: string; bytes: number }>();
  const pending: Sampled[] = [{ node: head }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, caller } = next;
    const at = placeOf(node.callFrame);
    const who = at === '' ? (caller ?? node.callFrame) : node.callFrame;
    pending.push(
      ...node.children.map((child) => ({ node: child, ...(placeOf(who) !== '' && { caller: who }) })),
    );
    credit(byFunction, who, node.selfSize);
  }
  return [...byFunction.values()]
    .filter(({ bytes }) => bytes > 0)
    .toSorted((one, other) => other.bytes - one.bytes)
    .slice(0, SHOWN);
}

interface Sampled {
  readonly node: HeapProfiler.SamplingHeapProfileNode;
  /** The nearest above it that is not native. */
  readonly caller?: Runtime.CallFrame;
}

function credit(
  byFunction: Map<string, { function: string; at: string; bytes: number }>,
  frame: Runtime.CallFrame,
  bytes: number,
): void {
  const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
  const at = placeOf(frame);
  const entry = byFunction.get(`${name} ${at}`) ?? { function: name, at, bytes: 0 };
  entry.bytes += bytes;
  byFunction.set(`${name} ${at}`, entry);
}
