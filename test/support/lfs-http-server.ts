import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buffer, json } from 'node:stream/consumers';

import { lfsId } from './lfs-pointer.js';

interface Batch {
  readonly operation: 'download' | 'upload';
  readonly ref?: { readonly name: string };
  readonly objects: readonly { readonly oid: string; readonly size: number }[];
}

export interface LfsRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** Answers a request itself: `true` where it has. */
type Interception = (request: IncomingMessage, response: ServerResponse) => boolean;

/** An LFS server as the documents of git-lfs have it: batch API and basic transfers. Close it. */
export class LfsHttpServer {
  readonly requests: LfsRequest[] = [];
  readonly batches: Batch[] = [];
  /** What it has, by id. */
  readonly objects = new Map<string, Buffer>();
  intercept: Interception = () => false;
  /** More of an action, or other things in it. */
  action: (oid: string) => object = () => ({});
  /** Whether it says that nobody has to show it anything more. */
  authenticated = false;
  /** Whether it wants to be told when an object was sent. */
  verifies = false;
  readonly verified: unknown[] = [];
  /** Whether it gives the part of an object that is asked for. */
  ranges = false;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      const { method = '', url = '', headers } = request;
      this.requests.push({ method, path: url, headers });
      if (this.intercept(request, response)) return;
      void this.serve(request, response);
    });
  }

  static async start(): Promise<LfsHttpServer> {
    const server = new LfsHttpServer();
    await once(server.server.listen(0, '127.0.0.1'), 'listening');
    return server;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Of a remote that the server is of. */
  get remote(): string {
    return `http://${this.host}/team/app.git`;
  }

  has(...contents: readonly (string | Buffer)[]): this {
    for (const content of contents) this.objects.set(lfsId(content), Buffer.from(content));
    return this;
  }

  paths(method: string): readonly string[] {
    return this.requests.filter((request) => request.method === method).map(({ path }) => path);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => void this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const id = /^\/content\/(\w+)/.exec(url)?.[1] ?? '';
    switch (`${method} ${id === '' ? url : '/content'}`) {
      case 'POST /team/app.git/info/lfs/objects/batch':
        return this.answerBatch((await json(request)) as Batch, response);
      case 'GET /content':
        return this.answerContent(this.objects.get(id), request, response);
      case 'POST /verify':
        this.verified.push(await json(request));
        return void response.end();
      case 'PUT /content':
        this.objects.set(id, await buffer(request));
        return void response.end();
      default:
        return void response.writeHead(404).end();
    }
  }

  private answerContent(
    content: Buffer | undefined,
    { headers }: IncomingMessage,
    response: ServerResponse,
  ): void {
    const from = this.ranges ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
    if (content !== undefined && from > 0) {
      const range = `bytes ${from}-${content.length - 1}/${content.length}`;
      response.writeHead(206, { 'content-range': range });
    }
    response.end(content?.subarray(from));
  }

  private answerBatch(batch: Batch, response: ServerResponse): void {
    this.batches.push(batch);
    const name = batch.operation;
    const objects = batch.objects.map((object) => {
      const { oid } = object;
      const isThere = this.objects.has(oid);
      const action = { href: `http://${this.host}/content/${oid}?signed=yes`, ...this.action(oid) };
      if (isThere === (name === 'download')) {
        const verify = this.verifies && { verify: { href: `http://${this.host}/verify` } };
        return { ...object, authenticated: this.authenticated, actions: { [name]: action, ...verify } };
      }
      return name === 'upload' ? object : { ...object, error: { code: 404, message: 'not here' } };
    });
    response.setHeader('content-type', 'application/vnd.git-lfs+json');
    response.end(JSON.stringify({ transfer: 'basic', objects }));
  }
}
