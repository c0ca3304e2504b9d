import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A line of the protocol, with its length. */
const INCLUDE_TAG = '000finclude-tag';

/** What one request showed: nothing where it came without a header. */
export interface ShownRequest {
  readonly path: string;
  readonly authorization: string | undefined;
}

/** The repositories of a folder over HTTP, as git itself serves them, for whoever shows the credential. Close it. */
export class GitHttpServer {
  readonly requests: ShownRequest[] = [];
  /** Whether a request has to show the credential. */
  guarded: (path: string) => boolean = () => true;
  /** Answers in place of the repositories, or lets a request wait. */
  outage: ((response: ServerResponse) => void) | undefined;
  /** Whether a tag is sent with the commit that it points to; else git has to ask for it afterwards. */
  includesTags = true;
  private readonly server: Server;

  /** @param credential `user:password` */
  private constructor(
    private readonly root: string,
    credential: string,
  ) {
    const wanted = `Basic ${Buffer.from(credential).toString('base64')}`;
    this.server = createServer((request, response) => {
      const { url: path = '', headers } = request;
      this.requests.push({ path, authorization: headers.authorization });
      if (this.outage) return this.outage(response);
      if (!this.guarded(path) || headers.authorization === wanted) return this.serve(request, response);
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
    });
  }

  static async start(root: string, credential: string): Promise<GitHttpServer> {
    const server = new GitHttpServer(root, credential);
    await once(server.server.listen(0, '127.0.0.1'), 'listening');
    return server;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  url(repository: string): string {
    return `http://${this.host}/${repository}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => void this.server.close(resolve));
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, search } = new URL(request.url ?? '', this.url(''));
    const { headers, method = 'GET' } = request;
    const git = spawn('git', ['-c', 'http.receivepack=true', 'http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: this.root,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: method,
        CONTENT_TYPE: headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
        REMOTE_ADDR: '127.0.0.1',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const input = git.stdin.on('error', () => undefined);
    if (this.includesTags) request.pipe(input);
    else
      void buffer(request).then((body) =>
        input.end(body.toString('latin1').replace(INCLUDE_TAG, ''), 'latin1'),
      );
    const chunks: Buffer[] = [];
    git.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    git.once('close', () => answer(response, Buffer.concat(chunks)));
  }
}

/** As CGI has it: lines of headers, an empty one, and the body. */
function answer(response: ServerResponse, output: Buffer): void {
  const end = output.indexOf('\r\n\r\n');
  const lines = output.subarray(0, end).toString().split('\r\n');
  const headers = lines.map((line) => line.split(': ', 2) as [string, string]);
  const { Status = '200', ...rest } = Object.fromEntries(headers) as Record<string, string>;
  response.writeHead(Number.parseInt(Status, 10), rest).end(output.subarray(end + 4));
}
