import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** Accepts connections and never says a word: a clone from it lasts until it is cancelled. */
export class SilentServer {
  private constructor(
    private readonly server: Server,
    private readonly sockets: ReadonlySet<Socket>,
    /** Of a repository that nobody will ever get. */
    readonly url: string,
  ) {}

  static async start(): Promise<SilentServer> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return new SilentServer(server, sockets, `https://127.0.0.1:${address.port}/never.git`);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
