import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';

export interface HttpQuestion {
  readonly method: string;
  /** As it goes on the wire: nothing in it is made right. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

export interface HttpReply {
  /** 0 where the server closed the connection without one. */
  readonly status: number;
  readonly type: string;
  readonly sessionId: string | undefined;
  readonly text: string;
}

const NO_REPLY: HttpReply = { status: 0, type: '', sessionId: undefined, text: '' };

/** One HTTP request after the other on kept connections; streams that never end are read up to `isEnough`. */
export class HttpExchange {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 20 });
  private readonly target: { hostname: string; port: string };

  constructor(
    url: string,
    private readonly isEnough: (reply: HttpReply, question: HttpQuestion) => boolean = () => false,
  ) {
    this.target = new URL(url);
  }

  ask(question: HttpQuestion): Promise<HttpReply> {
    const { method, path, body } = question;
    // Node itself says where a body ends for some methods only.
    const headers = { ...lengthOf(question), ...question.headers };
    const { hostname, port } = this.target;
    return new Promise((resolve) => {
      const asked = request({ hostname, port, method, path, headers, agent: this.agent }, (response) => {
        let text = '';
        const reply = (): HttpReply => ({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          sessionId: response.headers['mcp-session-id'] as string | undefined,
          text,
        });
        const look = () => {
          if (!this.isEnough(reply(), question)) return;
          resolve(reply());
          response.destroy();
        };
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          look();
        });
        response.once('end', () => resolve(reply())).once('error', () => resolve(reply()));
        look();
      });
      asked.once('error', () => resolve(NO_REPLY));
      asked.end(body);
    });
  }

  /** Sends a request by hand, so much of its bytes only, and goes away. */
  async askPart({ method, path, headers = {}, body = '' }: HttpQuestion, share: number): Promise<void> {
    const bytes = Buffer.from(body);
    const { hostname, port } = this.target;
    const lines = Object.entries({ Host: `${hostname}:${port}`, ...headers }).map(
      ([name, value]) => `${name}: ${String(value)}\r\n`,
    );
    const head = `${method} ${path} HTTP/1.1\r\n${lines.join('')}Content-Length: ${bytes.length}\r\n\r\n`;
    const whole = Buffer.concat([Buffer.from(head), bytes]);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {}).resume();
    await new Promise((resolve) => {
      socket.once('close', resolve);
      socket.end(whole.subarray(0, Math.floor(whole.length * share)));
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

function lengthOf({ headers = {}, body }: HttpQuestion): OutgoingHttpHeaders {
  return body === undefined || 'Transfer-Encoding' in headers
    ? {}
    : { 'Content-Length': Buffer.byteLength(body) };
}
