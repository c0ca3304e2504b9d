import { Agent, type ClientRequest, type IncomingMessage, request as askPlainly } from 'node:http';
import { Agent as SecureAgent, request as askSecurely } from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';
import { type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { httpFailure, noHttp, stalled } from './http-failure.js';
import { HostPace, type LeastPace } from './least-pace.js';
import { type ApprovedHttp } from './remote-access.js';

export interface HttpQuestion {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | Readable;
}

/** A thousand bytes a second, as git's documentation has it in http.lowSpeedLimit. */
const LEAST_PACE: LeastPace = { bytes: 30_000, everyMs: 30_000 };
const MAX_SOCKETS = 8;

/**
 * Asks hosts by HTTP, over connections that go to the addresses that were checked and nowhere else. Redirects are not
 * followed, no proxy is used, certificates are checked. Close it.
 */
export class HttpConnections {
  private readonly plain = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  private readonly secure = new SecureAgent({
    keepAlive: true,
    maxSockets: MAX_SOCKETS,
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
  });

  /** By host and port. */
  private readonly paces = new Map<string, HostPace>();

  constructor(private readonly leastPace = LEAST_PACE) {}

  /**
   * @returns the answer, whatever its status; its body has to be read or destroyed
   * @throws ServerError `network_timeout`, `temporary_resource_unavailable` with `details.reason`, `operation_failed` with
   *   `details.reason`: `certificate`, `bad-answer`; `operation_cancelled`
   */
  async ask(at: ApprovedHttp, question: HttpQuestion, signal: AbortSignal): Promise<IncomingMessage> {
    signal.throwIfAborted();
    try {
      return await this.answer(at, question, signal);
    } catch (error) {
      throw httpFailure(error);
    }
  }

  close(): void {
    this.plain.destroy();
    this.secure.destroy();
  }

  private answer(at: ApprovedHttp, question: HttpQuestion, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = this.begin(at, question, signal);
      let answering: IncomingMessage | undefined;
      request.once('response', (response) => resolve((answering = response)));
      this.paceOf(at).watch(request, () => (answering ?? request).destroy(stalled()));
      request.on('error', reject);
      // Where it answers with another protocol that is to be spoken, there is neither an answer nor an error.
      request.once('close', () => reject(noHttp()));
      // A host may answer before it has all, and take no more: what it says counts.
      send(request, question.body).catch(reject);
    });
  }

  private paceOf({ host, port }: ApprovedHttp): HostPace {
    const key = `${host}:${port}`;
    const pace = this.paces.get(key) ?? new HostPace(this.leastPace);
    this.paces.set(key, pace);
    return pace;
  }

  private begin(at: ApprovedHttp, { method, headers }: HttpQuestion, signal: AbortSignal): ClientRequest {
    const { protocol, host, port, path, addresses } = at;
    const [ask, agent] = protocol === 'https' ? [askSecurely, this.secure] : [askPlainly, this.plain];
    const pin = addresses.length === 0 ? {} : { lookup: pinnedTo(addresses) };
    return ask({ host, port, path, method, headers, signal, agent, ...pin });
  }
}

async function send(request: ClientRequest, body: HttpQuestion['body']): Promise<void> {
  if (body === undefined || Buffer.isBuffer(body)) request.end(body);
  else await pipeline(body, request);
}

/** Instead of asking for the host's addresses once more, which could be other ones by then. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_host, { all }, give) => {
    const [first] = found;
    if (all === true) give(null, found);
    else give(null, first?.address ?? '', first?.family);
  };
}
