import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { noteEngine, traced } from './operation-trace.js';

describe('Operation trace', () => {
  it('names the engine that costs most among those that answered', async () => {
    const engine = await traced(async (trace) => {
      noteEngine('cache');
      await nextTurn();
      noteEngine('git');
      noteEngine('libgit2');
      return trace.engine;
    });

    expect(engine).toBe('git');
  });

  it('keeps operations that run at the same time apart', async () => {
    const engines = await Promise.all(
      (['cache', 'libgit2', 'git'] as const).map((engine) =>
        traced(async (trace) => {
          await nextTurn();
          noteEngine(engine);
          await nextTurn();
          return trace.engine;
        }),
      ),
    );

    expect(engines).toEqual(['cache', 'libgit2', 'git']);
  });

  it('ignores what happens outside any operation', () => {
    expect(() => noteEngine('git')).not.toThrow();
  });
});
