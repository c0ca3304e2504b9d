import { type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';

import { type ClientOptions, WebSocket } from 'ws';

export interface Frame {
  readonly type: string;
  readonly id?: string | null;
  // Tests look into whatever the server sent.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly [field: string]: any;
}

export interface Close {
  readonly code: number;
  readonly reason: string;
}

export interface Refusal {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A client of the envelope dialect. Whatever arrives stays in `received` until a test has taken it. */
export class TestClient {
  readonly received: Frame[] = [];
  pings = 0;
  closed: Close | undefined;
  private readonly waiters = new Set<() => void>();
  /** Numbers of the frames that had one, in the order in which they came; those before a resume included. */
  readonly seqs: number[] = [];
  /** What resumes the session, once `initialize` has asked for it. */
  token: string | undefined;
  private nextId = 0;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (typeof frame['seq'] === 'number') this.seqs.push(frame['seq']);
      this.token = (frame['result']?.resume?.token as string | undefined) ?? this.token;
      this.received.push(frame);
      this.wake();
    });
    socket.on('ping', () => {
      this.pings += 1;
      this.wake();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.wake();
    });
    socket.on('error', () => {}); // `close` follows and tells the code.
  }

  static async connect(
    url: string,
    options: ClientOptions = {},
    protocols: string[] = [],
  ): Promise<TestClient> {
    const socket = new WebSocket(url, protocols, options);
    const client = new TestClient(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return client;
  }

  /** Opens a session that can be resumed. @param params further ones of `initialize` */
  static async begin(url: string, params: object = {}): Promise<TestClient> {
    const client = await TestClient.connect(url);
    const wanted = { capabilities: { resume: true }, ...params };
    const { type } = await client.request('initialize', { params: wanted });
    if (type !== 'initialize/result') throw new Error('the session could not be opened');
    return client;
  }

  /** Comes back for the session of a client whose connection is gone. @returns it with the answer to its `initialize` */
  static async resume(
    url: string,
    before: { readonly token: string | undefined; readonly seqs: readonly number[] },
    params: object = {},
  ): Promise<{ client: TestClient; answer: Frame }> {
    const client = await TestClient.connect(url);
    client.seqs.push(...before.seqs);
    const resume = { token: before.token, last_seq: before.seqs.at(-1) ?? 0 };
    const answer = await client.request('initialize', { params: { resume, ...params } });
    return { client, answer };
  }

  /** What is lost in a lost connection: the other side is told nothing. */
  async cut(): Promise<void> {
    this.socket.terminate();
    await this.closing();
  }

  /** What an upgrade is answered with in HTTP. */
  static refused(url: string, options: ClientOptions = {}, protocols: string[] = []): Promise<Refusal> {
    const socket = new WebSocket(url, protocols, options);
    return new Promise((resolve, reject) => {
      socket.on('error', () => {});
      socket.once('open', () => {
        socket.terminate();
        reject(new Error('the upgrade was accepted'));
      });
      socket.once('unexpected-response', (request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => {
          request.destroy();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      });
    });
  }

  send(message: object | string | Buffer): void {
    const isRaw = typeof message === 'string' || Buffer.isBuffer(message);
    this.socket.send(isRaw ? message : JSON.stringify(message));
  }

  /** Sends a request under an id of its own and returns the one frame that carries it back. */
  request(type: string, fields: object = {}): Promise<Frame> {
    this.nextId += 1;
    const id = `req_${this.nextId}`;
    this.send({ type, id, ...fields });
    return this.answer(id);
  }

  /** The next answer to a request of this id; what it is told meanwhile under the same id is not its answer. */
  answer(id: string | null): Promise<Frame> {
    return this.take((frame) => frame.id === id);
  }

  next(type: string): Promise<Frame> {
    return this.take((frame) => frame.type === type);
  }

  async take(matches: (frame: Frame) => boolean): Promise<Frame> {
    await this.when(() => this.received.some(matches) || this.closed !== undefined);
    const index = this.received.findIndex(matches);
    const [frame] = index === -1 ? [] : this.received.splice(index, 1);
    if (frame === undefined) throw new Error(`closed with ${this.closed?.code} before the frame came`);
    return frame;
  }

  async closing(): Promise<Close> {
    await this.when(() => this.closed !== undefined);
    return this.closed as Close;
  }

  async close(): Promise<void> {
    if (this.closed !== undefined) return;
    this.socket.close(1000);
    await this.closing();
  }

  async when(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => this.waiters.add(resolve));
  }

  private wake(): void {
    for (const waiter of this.waiters) waiter();
    this.waiters.clear();
  }
}

/** A TCP connection that has been upgraded by hand, for what no client library would send. */
export async function rawWebSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `GET / HTTP/1.1\r\nHost: localhost:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
}

/** One masked frame of at most 125 bytes, as a client sends it. */
export function rawFrame(opcode: number, payload: string, final = true): Buffer {
  const body = Buffer.from(payload);
  const mask = Buffer.from([1, 2, 3, 4]);
  const masked = Buffer.from(body.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return Buffer.concat([Buffer.from([(final ? 0x80 : 0) | opcode, 0x80 | body.length]), mask, masked]);
}
