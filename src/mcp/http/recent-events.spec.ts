import { type JSONRPCMessage } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';

import { RecentEvents } from './recent-events.js';

const message = (text: string): JSONRPCMessage => ({ jsonrpc: '2.0', method: 'x', params: { text } });

async function replayed(events: RecentEvents, after: string): Promise<JSONRPCMessage[]> {
  const sent: JSONRPCMessage[] = [];
  const send = (_id: string, one: JSONRPCMessage) => Promise.resolve(void sent.push(one));
  await events.replayEventsAfter(after, { send });
  return sent;
}

describe('RecentEvents', () => {
  it('sends again what came later on the same stream, in order', async () => {
    const events = new RecentEvents();
    const first = await events.storeEvent('a', message('1'));
    await events.storeEvent('b', message('of another stream'));
    await events.storeEvent('a', message('2'));
    await events.storeEvent('a', message('3'));

    expect(await replayed(events, first)).toEqual([message('2'), message('3')]);
    expect(await events.getStreamIdForEventId(first)).toBe('a');
  });

  it('forgets the oldest where there are too many', async () => {
    const events = new RecentEvents();
    const first = await events.storeEvent('a', message('first'));
    for (let count = 0; count < 128; count += 1) await events.storeEvent('a', message('later'));

    expect(await events.getStreamIdForEventId(first)).toBeUndefined();
    expect(await replayed(events, '2')).toHaveLength(127);
  });

  it('forgets the oldest where they are too large', async () => {
    const events = new RecentEvents();
    const ids: string[] = [];
    for (let count = 0; count < 4; count += 1)
      ids.push(await events.storeEvent('a', message('x'.repeat(100_000))));

    const kept = await Promise.all(ids.map((id) => events.getStreamIdForEventId(id)));

    expect(kept).toEqual([undefined, undefined, 'a', 'a']);
  });

  it('does not keep what is larger than all of its room', async () => {
    const events = new RecentEvents();
    const small = await events.storeEvent('a', message('small'));
    await events.storeEvent('a', message('x'.repeat(2 ** 18)));

    expect(await replayed(events, small)).toEqual([]);
    expect(await events.getStreamIdForEventId(small)).toBe('a');
  });
});
