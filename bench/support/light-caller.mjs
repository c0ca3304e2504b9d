import { once } from 'node:events';

import { WebSocket } from 'ws';

const REFUSED = 'temporary_resource_unavailable';
const HELLO = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1' },
};

/**
 * Calls one tool with the same arguments again and again, over MCP on a WebSocket. It works on the processors of the
 * server, so it does as little as can be: a call is written out beforehand but for its id, and of a refusal nothing but
 * that is read.
 */
export async function lightCaller(url, name, args) {
  const socket = new WebSocket(url.replace('http', 'ws'), 'mcp', { perMessageDeflate: false });
  await once(socket, 'open');
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params: HELLO }));
  await once(socket, 'message');
  socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
  const rest = `,"method":"tools/call","params":${JSON.stringify({ name, arguments: args })}}`;
  const waiting = new Map();
  let lastId = 0;
  socket.on('message', (data) => {
    const { id, outcome } = outcomeIn(data.toString());
    waiting.get(id)?.(outcome);
    waiting.delete(id);
  });
  return {
    /** @returns `served` or `refused` for want of a place @throws Error where it failed for another reason */
    async call() {
      lastId += 1;
      const answered = new Promise((resolve) => waiting.set(lastId, resolve));
      socket.send(`{"jsonrpc":"2.0","id":${lastId}${rest}`);
      const outcome = await answered;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    async close() {
      const closed = once(socket, 'close');
      socket.close(1000);
      await closed;
    },
  };
}

function outcomeIn(text) {
  if (text.includes(REFUSED)) return { id: Number(/"id":(\d+)/.exec(text)?.[1]), outcome: 'refused' };
  const { id, result, error } = JSON.parse(text);
  const failed = error !== undefined || result?.isError === true;
  return { id, outcome: failed ? new Error(text) : 'served' };
}
