import { describe, expect, it } from 'vitest';

import { Unanswered } from './unanswered.js';

const LONG_MS = 60_000;
const request = (id: number | string, method = 'ping') => ({ jsonrpc: '2.0' as const, id, method });

async function isNone(unanswered: Unanswered): Promise<boolean> {
  let none = false;
  void unanswered.none(LONG_MS).then(() => (none = true));
  await new Promise(setImmediate);
  return none;
}

describe('Unanswered', () => {
  it('is none where nothing was asked', async () => {
    await expect(new Unanswered().none(LONG_MS)).resolves.toBeUndefined();
  });

  it('waits for the last answer, a failure too', async () => {
    const unanswered = new Unanswered();
    unanswered.received(request(1));
    unanswered.received(request('1'));
    const none = unanswered.none(LONG_MS);

    unanswered.sent({ jsonrpc: '2.0', id: 1, result: {} });
    unanswered.sent({ jsonrpc: '2.0', id: '1', error: { code: -32603, message: 'no' } });

    await expect(none).resolves.toBeUndefined();
  });

  it('does not wait for what the client cancelled, nor for what is answered only at the end', async () => {
    const unanswered = new Unanswered();
    unanswered.received(request(1, 'tools/call'));
    unanswered.received(request(2, 'subscriptions/listen'));
    unanswered.received({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });

    expect(await isNone(unanswered)).toBe(true);
  });

  it('waits no longer than it may', async () => {
    const unanswered = new Unanswered();
    unanswered.received(request(1));

    await expect(unanswered.none(10)).resolves.toBeUndefined();
  });
});
