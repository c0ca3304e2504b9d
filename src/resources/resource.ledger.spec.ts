import { beforeEach, describe, expect, it } from 'vitest';

import { ManualClock } from '../../test/support/manual-clock.js';
import { ResourceLedger } from './resource.ledger.js';

describe('Resource ledger', () => {
  let clock: ManualClock;
  let ledger: ResourceLedger;
  let ended: string[];

  beforeEach(() => {
    clock = new ManualClock();
    ledger = new ResourceLedger(clock);
    ended = [];
  });

  const acquire = (label: string, owner?: string) =>
    ledger.acquire({ type: 'watcher', label, owner, release: () => void ended.push(label) });

  it('tells of each resource its type, owner and age, the oldest first', () => {
    acquire('first', 'session-1');
    clock.advance(5_000);
    acquire('second');

    expect(ledger.all()).toEqual([
      { id: 1, type: 'watcher', label: 'first', owner: 'session-1', ageMs: 5_000 },
      { id: 2, type: 'watcher', label: 'second', owner: null, ageMs: 0 },
    ]);
    expect(ledger.counts().watcher).toBe(2);
  });

  it('releases with a session what served it, and nothing else', async () => {
    acquire('mine', 'session-1');
    acquire('theirs', 'session-2');

    await ledger.releaseOwnedBy('session-1');

    expect(ended).toEqual(['mine']);
    expect(ledger.all().map(({ label }) => label)).toEqual(['theirs']);
  });

  it('sweeps what is older than asked and belongs to nobody', async () => {
    acquire('old and owned', 'git');
    acquire('old');
    clock.advance(3_600_000);
    acquire('new');

    const { released, stuck } = await ledger.sweep(3_600_000);

    expect(released.map(({ label }) => label)).toEqual(['old']);
    expect(stuck).toEqual([]);
    expect(ended).toEqual(['old']);
  });

  it('says which resources only their own code can end, and keeps counting them', async () => {
    ledger.acquire({ type: 'lock', label: 'writer lock', owner: 'session-1' });
    await ledger.releaseOwnedBy('session-1');
    clock.advance(10);

    const { stuck } = await ledger.sweep(10);

    expect(stuck).toMatchObject([{ label: 'writer lock', owner: null }]);
    expect(ledger.counts().lock).toBe(1);
  });

  it('keeps a resource whose release fails, and goes on with the next', async () => {
    ledger.acquire({ type: 'worker', label: 'stubborn', release: () => Promise.reject(new Error('no')) });
    acquire('willing');

    const { released, stuck } = await ledger.sweep(0);

    expect(released.map(({ label }) => label)).toEqual(['willing']);
    expect(stuck.map(({ label }) => label)).toEqual(['stubborn']);
  });

  it('shows what is counted elsewhere without counting it', () => {
    ledger.observe(() => [{ type: 'socket', label: 'connection', owner: 'session-1', ageMs: 7 }]);

    expect(ledger.all()).toEqual([{ type: 'socket', label: 'connection', owner: 'session-1', ageMs: 7 }]);
    expect(ledger.counts().socket).toBe(0);
  });
});
