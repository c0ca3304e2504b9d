import { WebSocket } from 'ws';

interface Frame {
  readonly type: string;
  readonly id?: string | null;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The least that a client of the envelope dialect needs. */
export class ProbeClient {
  private readonly waiting = new Map<string, (frame: Frame) => void>();
  private sent = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.receive(JSON.parse(data.toString()) as Frame));
    socket.on('error', () => undefined);
  }

  static connect(url: string, token: string | undefined, patienceMs: number): Promise<ProbeClient> {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const socket = new WebSocket(url, { headers, handshakeTimeout: patienceMs });
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(new ProbeClient(socket)));
      socket.once('unexpected-response', (request, { statusCode }) => {
        request.destroy();
        reject(new Error(`the upgrade was refused with ${statusCode}`));
      });
      socket.once('error', reject);
    });
  }

  request(type: string, fields: object, patienceMs: number): Promise<Frame> {
    this.sent += 1;
    const id = `doctor_${this.sent}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${type} was not answered within ${patienceMs} ms`)),
        patienceMs,
      );
      this.waiting.set(id, (frame) => {
        clearTimeout(timer);
        resolve(frame);
      });
      this.socket.send(JSON.stringify({ type, id, ...fields }));
    });
  }

  close(): void {
    this.socket.close();
  }

  private receive(frame: Frame): void {
    if (frame.id == null || (frame.type.startsWith('notifications/') && !frame.type.endsWith('/ack'))) return;
    this.waiting.get(frame.id)?.(frame);
    this.waiting.delete(frame.id);
  }
}
