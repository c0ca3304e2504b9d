import { isLoopback } from '../../config/config-rules.js';
import { type ServerConfig } from '../../config/sections/index.js';

const PATIENCE_MS = 90_000;

/** What an admin call was refused with, in the words of the server. */
export class AdminRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The admin API of a server, seen from the command line. */
export class AdminApi {
  constructor(
    readonly url: string,
    private readonly token: string | undefined,
  ) {}

  /**
   * @param path below the server's address, for example `/admin/sessions`
   * @throws AdminRefusal; Error where no server answers, saying what to do
   */
  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.send(method, path, body);
    const text = await response.text();
    const answer = parsed(text);
    if (response.ok) return answer as T;
    const { code = 'unknown', message = text.slice(0, 200) } =
      (answer as { error?: Record<string, string> })?.error ?? {};
    const hint =
      response.status === 401 || response.status === 403
        ? '; set MCP_GIT_ADMIN_TOKEN to a token with the scope admin'
        : '';
    throw new AdminRefusal(response.status, code, `the server refused: ${message}${hint}`);
  }

  private async send(method: string, path: string, body: object | undefined): Promise<Response> {
    try {
      return await fetch(new URL(path, this.url), {
        method,
        headers: {
          ...(this.token !== undefined && { Authorization: `Bearer ${this.token}` }),
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch (error) {
      const reason = codeOf(error);
      throw new Error(
        `no server answers on ${this.url} (${reason}); start it, or name another one with --url`,
        { cause: error },
      );
    }
  }
}

/** Where a server with this configuration is reached from this machine. */
export function urlOf({ host, port }: ServerConfig): string {
  const name = isLoopback(host) ? host : host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return (cause as NodeJS.ErrnoException).code ?? (cause as Error).name;
}
