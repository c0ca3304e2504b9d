import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { WebSocket } from 'ws';

const run = promisify(execFile);

/** Less than servers keep a connection that nobody uses: one that is just being closed would lose a message. */
const IDLE_MS = 2_000;

const HELLO = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1' },
};

/**
 * The least that speaks MCP, so that servers are measured and not a client: the same for all, but for how a message
 * travels.
 */
class Peer {
  #waiting = new Map();
  #lastId = 0;

  /** @param send hands one message to the server */
  constructor(send, close) {
    this.send = send;
    this.close = close;
  }

  async greet() {
    await this.request('initialize', HELLO);
    await this.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return this;
  }

  request(method, params) {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      Promise.resolve(this.send({ jsonrpc: '2.0', id, method, params })).catch(reject);
    });
  }

  /** @throws Error where the call fails, so that no failure is counted as a fast answer */
  async call(name, args) {
    const result = await this.request('tools/call', { name, arguments: args });
    if (result.isError) throw new Error(`${name}: ${JSON.stringify(result.content)}`);
    return result;
  }

  receive({ id, result, error }) {
    const waiter = this.#waiting.get(id);
    if (waiter === undefined) return;
    this.#waiting.delete(id);
    if (error === undefined) waiter.resolve(result);
    else waiter.reject(new Error(error.message));
  }
}

/** No server at all: each call is a process of git, which only prints. */
export function gitPeer(path) {
  return { call: (_name, args) => run('git', args, { cwd: path, maxBuffer: 2 ** 30 }) };
}

/** Starts a server over stdio; `close` ends it. */
export async function stdioPeer(words, env = {}) {
  const child = spawn(process.execPath, words, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const peer = new Peer(
    (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
    async () => {
      const ended = once(child, 'exit');
      child.stdin.end();
      const last = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(last);
    },
  );
  createInterface({ input: child.stdout }).on('line', (line) => peer.receive(JSON.parse(line)));
  peer.pid = child.pid;
  return peer.greet();
}

export async function webSocketPeer(url) {
  const socket = new WebSocket(url.replace('http', 'ws'), 'mcp');
  await once(socket, 'open');
  const peer = new Peer(
    (message) => socket.send(JSON.stringify(message)),
    async () => {
      const closed = once(socket, 'close');
      socket.close(1000);
      await closed;
    },
  );
  socket.on('message', (data) => peer.receive(JSON.parse(String(data))));
  return peer.greet();
}

/** Streamable HTTP with a session, over connections that stay open. */
export async function httpPeer(url) {
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS });
  let session = {};
  const peer = new Peer(
    async (message) => {
      const { headers, body } = await post(`${url}/mcp`, agent, session, message);
      if (headers['mcp-session-id'] !== undefined) {
        session = { 'mcp-session-id': headers['mcp-session-id'], 'mcp-protocol-version': '2025-11-25' };
      }
      for (const answer of messagesIn(headers['content-type'], body)) peer.receive(answer);
    },
    async () => agent.destroy(),
  );
  return peer.greet();
}

function post(url, agent, session, message) {
  const body = JSON.stringify(message);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    accept: 'application/json, text/event-stream',
    ...session,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }),
      );
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function messagesIn(type = '', body = '') {
  if (type.includes('application/json')) return [JSON.parse(body)];
  if (!type.includes('text/event-stream')) return [];
  return body
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)));
}
