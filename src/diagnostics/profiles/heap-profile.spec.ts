import { type HeapProfiler } from 'node:inspector';

import { describe, expect, it } from 'vitest';

import { topAllocators } from './heap-profile.js';

type Node = HeapProfiler.SamplingHeapProfileNode;

/** @param url empty for what is native */
function node(functionName: string, url: string, selfSize: number, children: Node[] = []): Node {
  const callFrame = { functionName, scriptId: '1', url, lineNumber: 6, columnNumber: 0 };
  return { callFrame, selfSize, children };
}

const profileOf = (...children: Node[]) => ({ head: node('(root)', '', 0, children) });

describe('The top allocators of a heap profile', () => {
  it('are the functions that called what is native', () => {
    const profile = profileOf(
      node('keep', '/server/app.js', 10, [node('from', '', 500, [node('map', '', 40)])]),
    );

    expect(topAllocators(profile)).toEqual([{ function: 'keep', at: '/server/app.js:7', bytes: 550 }]);
  });

  it('are native where nothing of ours called it', () => {
    const profile = profileOf(node('(GC)', '', 30));

    expect(topAllocators(profile)).toEqual([{ function: '(GC)', at: '', bytes: 30 }]);
  });

  it('are told apart by their places', () => {
    const profile = profileOf(node('keep', '/a.js', 1), node('keep', '/b.js', 2));

    expect(topAllocators(profile).map(({ at }) => at)).toEqual(['/b.js:7', '/a.js:7']);
  });
});
