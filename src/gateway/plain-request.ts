import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Duplex } from 'node:stream';

/** Headers of one hop that speak of the upgrade which is passed over. */
const OF_THE_UPGRADE = new Set(['upgrade', 'http2-settings']);

/**
 * Whether a request asks to go on in something else than WebSocket, as HTTP/2 in clear text (`h2c`), which some
 * clients offer with their first request to any server.
 */
export function asksForOtherProtocol({ headers }: IncomingMessage): boolean {
  const offered = headers.upgrade?.split(',').map((name) => name.trim().toLowerCase()) ?? [];
  return offered.length > 0 && !offered.includes('websocket');
}

/**
 * Serves such requests as if they had asked for nothing: a server may pass an upgrade over (RFC 9110, 7.8). Node has
 * let go of the connection by then, so the request is put back in front of whatever follows it, without the offer,
 * and the connection is handed in as a new one. Body, keep-alive and time limits are Node's own again.
 */
export class PlainRequests {
  /** The last answer begun on each connection. Answers keep their order, so no earlier one outlasts it. */
  private readonly answers = new WeakMap<Duplex, ServerResponse>();
  private readonly note = (request: IncomingMessage, response: ServerResponse) =>
    void this.answers.set(request.socket, response);

  constructor(private readonly http: Server) {
    http.prependListener('request', this.note);
  }

  dispose(): void {
    this.http.off('request', this.note);
  }

  /** @param head what was read behind the headers: the body, or its beginning */
  serve(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // An answer still on its way was meant to come first, and nobody orders the two any more.
    if (this.answers.get(socket)?.writableFinished === false) return void socket.destroy();
    socket.unshift(Buffer.concat([Buffer.from(headOf(request), 'latin1'), head]));
    this.http.emit('connection', socket);
  }
}

// Header values are bytes that Node has read as Latin-1 and checked; written back they are the same bytes.
function headOf({ method = 'GET', url = '/', httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (OF_THE_UPGRADE.has(name.toLowerCase())) continue;
    const kept = name.toLowerCase() === 'connection' ? withoutUpgrade(value) : value;
    if (kept !== '' || value === '') lines.push(`${name}: ${kept}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function withoutUpgrade(connection: string): string {
  const options = connection.split(',').map((option) => option.trim());
  return options.filter((option) => !OF_THE_UPGRADE.has(option.toLowerCase())).join(', ');
}
