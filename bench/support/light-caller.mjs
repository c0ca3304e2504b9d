import { once } from 'node:events';
import { connect } from 'node:net';

const TEXT = 0x81;
const CLOSE = 0x88;
/** A mask that changes nothing, so that a frame is written out as it is. */
const NO_MASK = '\0\0\0\0';
const SHORT = 126;
const LONG = 127;
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
  const socket = await opened(new URL(url));
  const rest = `,"method":"tools/call","params":${JSON.stringify({ name, arguments: args })}}`;
  const waiting = new Map();
  let lastId = 0;
  const settle = (text) => {
    const { id, outcome } = outcomeIn(text);
    waiting.get(id)?.(outcome);
    waiting.delete(id);
  };
  socket.on('data', framesOf(settle));
  const request = (text) => {
    lastId += 1;
    const answered = new Promise((resolve) => waiting.set(lastId, resolve));
    socket.write(frame(`{"jsonrpc":"2.0","id":${lastId}${text}`), 'latin1');
    return answered;
  };
  await request(`,"method":"initialize","params":${JSON.stringify(HELLO)}}`);
  socket.write(frame(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })), 'latin1');
  return {
    /** @returns `served` or `refused` for want of a place @throws Error where it failed for another reason */
    async call() {
      const outcome = await request(rest);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    async close() {
      const closed = once(socket, 'close');
      socket.end(frame('', CLOSE), 'latin1');
      await closed;
    },
  };
}

async function opened({ hostname, port, host }) {
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  socket.write(
    `GET / HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mcp\r\n\r\n',
  );
  // The server says nothing before it is asked, so that no frame comes with this.
  await once(socket, 'data');
  return socket;
}

/** One character for each byte. @param text of ASCII */
function frame(text, first = TEXT) {
  const { length } = text;
  const size =
    length < SHORT
      ? String.fromCharCode(0x80 | length)
      : String.fromCharCode(0x80 | SHORT, length >> 8, length & 0xff);
  return String.fromCharCode(first) + size + NO_MASK + text;
}

/** @returns takes what a socket reads and tells of each text in it; the server's pings need no answer in so short a time */
function framesOf(told) {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (
      let body = bodyAt(bytes, at);
      body !== undefined && body.end <= bytes.length;
      body = bodyAt(bytes, at)
    ) {
      if (bytes[at] === TEXT) told(bytes.latin1Slice(body.start, body.end));
      at = body.end;
    }
    rest = bytes.subarray(at);
  };
}

/** @returns nothing where the size of the frame has not been read yet */
function bodyAt(bytes, at) {
  const short = bytes[at + 1];
  const start = at + (short === SHORT ? 4 : short === LONG ? 10 : 2);
  if (start > bytes.length) return undefined;
  if (short < SHORT) return { start, end: start + short };
  return { start, end: start + (short === SHORT ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6)) };
}

function outcomeIn(text) {
  if (text.includes(REFUSED)) return { id: Number(/"id":(\d+)/.exec(text)?.[1]), outcome: 'refused' };
  const { id, result, error } = JSON.parse(text);
  const failed = error !== undefined || result?.isError === true;
  return { id, outcome: failed ? new Error(text) : 'served' };
}
