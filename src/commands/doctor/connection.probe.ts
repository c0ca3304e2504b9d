import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';

import { type Cure, failed, type Finding, type Judgement, ok, warning } from '../../diagnostics/finding.js';
import { ProbeClient } from './probe.client.js';

const PATIENCE_MS = 5_000;
const GUIDE = 'Client Connection Failures';

interface Step {
  readonly id: string;
  readonly looksAt: string;
  readonly cause: string;
  readonly cures: readonly Cure[];
  /** @returns what to say; throws where it fails */
  run(): Promise<string>;
}

/** Connects as a client does, one step after the other; the first that fails says why the rest was not tried. */
export class ConnectionProbe {
  private readonly url: URL;
  private client: ProbeClient | undefined;

  constructor(
    url: string,
    private readonly token: string | undefined,
    /** One that the server is thought to serve. */
    private readonly repository?: string,
  ) {
    this.url = new URL(url);
  }

  async run(): Promise<readonly Finding[]> {
    const findings: Finding[] = [];
    try {
      for (const step of this.steps()) {
        const finding = await this.judged(step);
        findings.push(finding);
        if (finding.verdict === 'failed') break;
      }
      return findings;
    } finally {
      this.client?.close();
    }
  }

  private async judged(step: Step): Promise<Finding> {
    const { id, looksAt } = step;
    const about = { check: id, section: 'connection' as const, guide: GUIDE, looks_at: looksAt };
    return { ...about, ...(await this.judge(step)) };
  }

  private async judge({ cause, cures, run }: Step): Promise<Judgement> {
    const since = performance.now();
    const figures = () => ({ url: this.url.origin, took_ms: Math.round(performance.now() - since) });
    try {
      return ok(await run(), figures());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof Questionable) return warning(reason, figures(), { cause, cures });
      return failed(reason, figures(), { cause, cures });
    }
  }

  private steps(): readonly Step[] {
    const start = { what: 'start the server', command: 'mcp-git-server serve' };
    const token = { what: 'give a valid token', command: 'MCP_GIT_ADMIN_TOKEN=… mcp-git-server doctor' };
    return [
      this.step(
        'dns',
        'whether the name is known',
        'the name has no address',
        [{ what: 'take an address', command: 'mcp-git-server doctor --url http://127.0.0.1:8080' }],
        () => this.resolve(),
      ),
      this.step(
        'tcp',
        'whether the port is open',
        'no server listens there, or a firewall keeps it',
        [start, { what: 'look at the firewall', command: 'sudo ufw status' }],
        () => this.reach(),
      ),
      this.step(
        'health',
        'what /health says',
        'the server is not well, or it is another program',
        [{ what: 'see which part', command: 'mcp-git-server doctor' }],
        () => this.health(),
      ),
      this.step(
        'upgrade',
        'whether a WebSocket is accepted',
        'Host, Origin or token are refused, or the server is full',
        [token, { what: 'allow the host', setting: `gateway.allowedHosts=${this.url.hostname}` }],
        () => this.upgrade(),
      ),
      this.step(
        'ping',
        'whether a ping is answered',
        'the event loop hangs',
        [{ what: 'begin anew', command: 'mcp-git-server recover --emergency' }],
        () => this.ping(),
      ),
      this.step(
        'initialize',
        'whether the token is accepted',
        'the token is wrong or has expired',
        [token],
        () => this.initialize(),
      ),
      this.step(
        'tool',
        'whether a tool can be called',
        'the token has no scope, or git does not work',
        [{ what: 'see the engines', command: 'mcp-git-server doctor --only git' }],
        () => this.callTool(),
      ),
    ];
  }

  private step(
    name: string,
    looksAt: string,
    cause: string,
    cures: readonly Cure[],
    run: () => Promise<string>,
  ): Step {
    return { id: `connection.${name}`, looksAt, cause, cures, run };
  }

  private async resolve(): Promise<string> {
    const { address } = await lookup(this.url.hostname.replace(/^\[|\]$/g, ''));
    return `${this.url.hostname} is ${address}`;
  }

  private reach(): Promise<string> {
    const port = Number(this.url.port || (this.url.protocol === 'https:' ? 443 : 80));
    return new Promise((resolve, reject) => {
      const socket = connect({ host: this.url.hostname.replace(/^\[|\]$/g, ''), port, timeout: PATIENCE_MS });
      const end = (settle: () => void) => {
        socket.destroy();
        settle();
      };
      socket.once('connect', () => end(() => resolve(`port ${port} is open`)));
      socket.once('timeout', () =>
        end(() => reject(new Error(`port ${port} does not answer within ${PATIENCE_MS} ms`))),
      );
      socket.once('error', (error: NodeJS.ErrnoException) =>
        end(() => reject(new Error(`port ${port} cannot be reached (${error.code})`))),
      );
    });
  }

  private async health(): Promise<string> {
    const response = await fetch(new URL('/health', this.url), { signal: AbortSignal.timeout(PATIENCE_MS) });
    const body = (await response.json().catch(() => ({}))) as {
      status?: string;
      details?: Record<string, { status: string }>;
    };
    if (body.status === undefined)
      throw new Error('/health is not answered as this server does: another program listens here');
    const troubled = Object.entries(body.details ?? {})
      .filter(([, { status }]) => status !== 'up')
      .map(([name]) => name);
    if (!response.ok || troubled.length > 0)
      throw new Questionable(`/health says ${body.status}: ${troubled.join(', ')}`);
    return `/health says ${body.status}`;
  }

  private async upgrade(): Promise<string> {
    this.client = await ProbeClient.connect(this.url.href.replace(/^http/, 'ws'), this.token, PATIENCE_MS);
    return 'the WebSocket is open';
  }

  private async ping(): Promise<string> {
    await this.ask('ping', {}, 'pong');
    return 'a ping was answered';
  }

  private async initialize(): Promise<string> {
    const params = {
      client: { name: 'doctor', version: '1' },
      ...(this.token !== undefined && { token: this.token }),
    };
    await this.ask('initialize', { params }, 'initialize/result');
    return 'the session is initialised';
  }

  private async callTool(): Promise<string> {
    const { result } = await this.ask('tools/list', {}, 'tools/list/result');
    const { tools = [] } = result as { tools?: readonly { name: string }[] };
    if (tools.length === 0) throw new Questionable('this token may use no tool');
    const params = { name: 'git_status', arguments: { repo_path: this.repository ?? '/nonexistent' } };
    const answer = await this.client?.request('tools/call', { params }, PATIENCE_MS);
    const { code = 'a result', message } = answer?.error ?? {};
    const said = `${tools.length} tools; git_status of ${params.arguments.repo_path} was answered with ${code}`;
    // Where no repository is known, the refusal of the path has come all the way.
    if (message === undefined || (this.repository === undefined && code === 'path_not_allowed')) return said;
    throw new Questionable(`${said}: ${message}`);
  }

  private async ask(type: string, fields: object, expected: string): Promise<{ result?: unknown }> {
    const answer = await this.client?.request(type, fields, PATIENCE_MS);
    if (answer?.type !== expected)
      throw new Error(
        `${type} was answered with ${answer?.error?.code ?? answer?.type}: ${answer?.error?.message ?? ''}`,
      );
    return answer;
  }
}

/** It works, and yet something is to be said. */
class Questionable extends Error {}
