import { type ToolDescriptor, ToolRegistry } from '../../../src/tools/tool.registry.js';
import { SCOPES } from '../../../src/shared/principal.js';
import { type Frame, TestClient } from '../test-client.js';
import { TestServer } from '../test-server.js';
import { type AttackPlace, SECRET } from './attack-place.js';
import { samplesOf } from './tool-samples.js';

type Arguments = Record<string, unknown>;

/** What went wrong while a tool was called: `tool: what`. */
export interface Finding {
  readonly tool: string;
  readonly what: string;
}

/** No answer may hold what nobody sees and a model obeys. */
const UNSEEN = /\p{Cf}|[\u007F-\u009F]/u;
const BROKEN = new Set(['internal_error', 'network_timeout']);

/** The whole gateway with every tool, attacked through a socket. */
export class AttackServer {
  private constructor(
    private readonly server: TestServer,
    private readonly client: TestClient,
    private readonly place: AttackPlace,
  ) {}

  static async start(place: AttackPlace): Promise<AttackServer> {
    const rateLimit = { enabled: false, framesPerSecond: 1_000, burst: 1_000 };
    const server = await TestServer.start({
      settings: {
        git: { roots: [place.roots], timeout: 20_000 },
        resilience: { rateLimit, retry: { maxAttempts: 1 } } as never,
      },
    });
    return new AttackServer(server, await TestClient.connect(server.url), place);
  }

  /** All that a client with every scope is offered: new ones are attacked as they come. */
  get tools(): readonly ToolDescriptor[] {
    const registry = this.server.app.get(ToolRegistry);
    return registry.descriptors({ name: 'all', scopes: new Set(SCOPES) });
  }

  async call(name: string, args: Arguments): Promise<Frame> {
    const frame = await this.client.request('tools/call', { params: { name, arguments: args } });
    const plan = planOf(frame);
    if (plan === undefined) return frame;
    const confirmed = { ...args, confirm: true, plan_token: plan };
    return this.client.request('tools/call', { params: { name, arguments: confirmed } });
  }

  /** Calls every tool in every way that it has samples for, each on a fresh copy of the place. */
  async everyTool(rename: (args: Arguments) => Arguments = (args) => args): Promise<readonly Answered[]> {
    const answered: Answered[] = [];
    for (const tool of this.tools) {
      this.place.restore();
      for (const args of samplesOf(tool, this.place)) {
        const frame = await this.call(tool.name, rename(args));
        answered.push({ tool: tool.name, frame, ran: this.place.sung() });
      }
    }
    return answered;
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.server.stop();
  }
}

export interface Answered {
  readonly tool: string;
  readonly frame: Frame;
  /** The programs that ran meanwhile. */
  readonly ran: readonly string[];
}

/** The code of a refusal, `served` where there was none. */
export function outcomeOf(frame: Frame): string {
  return frame.type === 'error' ? (frame['error'] as { code: string }).code : 'served';
}

/** What no answer may be, whatever was asked for. */
export function faultsOf(answered: readonly Answered[]): readonly Finding[] {
  return answered.flatMap(({ tool, frame }) => {
    const text = JSON.stringify(frame);
    const what = [
      ...(text.includes(SECRET) ? ['shows what is outside'] : []),
      ...(UNSEEN.test(text) ? ['shows what nobody sees'] : []),
      ...(BROKEN.has(outcomeOf(frame)) ? [`ends with ${outcomeOf(frame)}`] : []),
    ];
    return what.map((one) => ({ tool, what: one }));
  });
}

function planOf(frame: Frame): string | undefined {
  const details = (frame['error'] as { details?: { plan_token?: string } } | undefined)?.details;
  return details?.plan_token;
}
