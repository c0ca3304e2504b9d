import { describe, expect, it } from 'vitest';

import { SharedRuns } from './shared-runs.js';

/** Runs that end when they are told to; each answers with its number. */
class Runs {
  readonly shared = new SharedRuns();
  readonly signals: AbortSignal[] = [];
  private readonly ends: { resolve: (value: number) => void; reject: (error: Error) => void }[] = [];

  ask(signal: AbortSignal = new AbortController().signal, key = 'key'): Promise<number> {
    return this.shared.run(
      key,
      (given) => {
        this.signals.push(given);
        given.addEventListener('abort', () =>
          this.ends[this.signals.indexOf(given)]?.reject(new Error('ended')),
        );
        return new Promise((resolve, reject) => this.ends.push({ resolve, reject }));
      },
      signal,
    );
  }

  async end(run: number): Promise<void> {
    await settled();
    this.ends[run]?.resolve(run);
    await settled();
  }

  async fail(run: number): Promise<void> {
    this.ends[run]?.reject(new Error(`run ${run}`));
    await settled();
  }
}

const settled = () => new Promise(setImmediate);

describe('Shared runs', () => {
  it('answer nobody from a run that began before they asked', async () => {
    const runs = new Runs();
    const first = runs.ask();
    await settled();
    const later = [runs.ask(), runs.ask(), runs.ask()];
    await settled();
    expect(runs.signals).toHaveLength(1);

    await runs.end(0);
    const latest = runs.ask();
    await runs.end(1);
    await runs.end(2);

    expect(await first).toBe(0);
    expect(await Promise.all(later)).toEqual([1, 1, 1]);
    expect(await latest).toBe(2);
  });

  it('begin anew where nothing runs', async () => {
    const runs = new Runs();
    const first = runs.ask();
    await runs.end(0);
    const second = runs.ask();
    await runs.end(1);

    expect([await first, await second]).toEqual([0, 1]);
  });

  it('do not wait for what was asked with another key', async () => {
    const runs = new Runs();
    void runs.ask();
    const other = runs.ask(undefined, 'other');
    await runs.end(1);

    expect(await other).toBe(1);
  });

  it('fail all who wait for them, and nobody else', async () => {
    const runs = new Runs();
    const first = runs.ask();
    await settled();
    const second = runs.ask();
    const outcomes = Promise.allSettled([first, second]);
    await runs.fail(0);
    await runs.end(1);

    expect(await outcomes).toEqual([
      { status: 'rejected', reason: new Error('run 0') },
      { status: 'fulfilled', value: 1 },
    ]);
  });

  it('go on while somebody waits, and let who gives up go at once', async () => {
    const runs = new Runs();
    void runs.ask();
    await settled();
    const impatient = new AbortController();
    const [gone, patient] = [runs.ask(impatient.signal), runs.ask()];
    await runs.end(0);

    impatient.abort(new Error('enough'));

    await expect(gone).rejects.toThrow('enough');
    expect(runs.signals[1]?.aborted).toBe(false);
    await runs.end(1);
    expect(await patient).toBe(1);
  });

  it('are aborted when the last one gives up, who hears how they ended', async () => {
    const runs = new Runs();
    const only = new AbortController();
    const asked = runs.ask(only.signal);
    await settled();

    only.abort(new Error('enough'));

    await expect(asked).rejects.toThrow('ended');
    expect(runs.signals[0]?.aborted).toBe(true);
  });

  it('do not begin where all gave up before their turn, nor keep who comes after', async () => {
    const runs = new Runs();
    const first = runs.ask();
    await settled();
    const impatient = new AbortController();
    const gone = runs.ask(impatient.signal);
    impatient.abort(new Error('enough'));
    await expect(gone).rejects.toThrow('enough');
    const later = runs.ask();
    await runs.end(0);
    await runs.end(1);

    expect(await first).toBe(0);
    expect(await later).toBe(1);
    expect(runs.signals).toHaveLength(2);
  });

  it('refuse who has given up before', async () => {
    const runs = new Runs();

    await expect(runs.ask(AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    expect(runs.signals).toHaveLength(0);
  });
});
