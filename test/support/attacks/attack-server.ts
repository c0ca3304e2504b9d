import { type ToolDescriptor, ToolRegistry } from '../../../src/tools/tool.registry.js';
import { SCOPES } from '../../../src/shared/principal.js';
import { type Frame, TestClient } from '../test-client.js';
import { type Settings, TestServer } from '../test-server.js';
import { type AttackPlace, SECRET } from './attack-place.js';
import { samplesOf, valueOf } from './tool-samples.js';

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

  static async start(place: AttackPlace, git: Settings['git'] = {}): Promise<AttackServer> {
    const rateLimit = { enabled: false, framesPerSecond: 1_000, burst: 1_000 };
    const server = await TestServer.start({
      settings: {
        git: { roots: [place.roots], timeout: 20_000, ...git },
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

  /** Those that may reach other hosts and repositories, or say where those are. */
  get remoteTools(): readonly ToolDescriptor[] {
    return this.tools.filter(({ name, annotations }) => annotations.openWorldHint || name === 'git_remote');
  }

  /** A call with all that the server asks for on the way: fields that an action needs, the plan of what is lost. */
  async call(name: string, args: Arguments, attempts = 4): Promise<Frame> {
    const frame = await this.send(name, args);
    const more = attempts === 0 ? undefined : await this.asked(name, args, frame);
    return more ? this.call(name, { ...args, ...more }, attempts - 1) : frame;
  }

  private async asked(name: string, args: Arguments, frame: Frame): Promise<Arguments | undefined> {
    const details = detailsOf(frame);
    const field = missingField(details);
    if (field !== undefined && !(field in args)) {
      return { [field]: valueOf(field, this.tool(name).inputSchema.properties[field] ?? {}, this.place) };
    }
    if (!('plan_token' in details) || 'plan_token' in args) return undefined;
    const planned = await this.send(name, { ...args, dry_run: true });
    const plan = (planned['result'] as { structuredContent?: Arguments } | undefined)?.structuredContent;
    return plan && { confirm: true, plan_token: plan['plan_token'] };
  }

  private send(name: string, args: Arguments): Promise<Frame> {
    return this.client.request('tools/call', { params: { name, arguments: args } });
  }

  private tool(name: string): ToolDescriptor {
    const found = this.tools.find((tool) => tool.name === name);
    if (found) return found;
    throw new Error(`there is no tool ${name}`);
  }

  /** Calls every tool in every way that it has samples for, each on a fresh copy of the place where they change it. */
  async everyTool({
    rename = (args) => args,
    tools = this.tools,
    fresh = true,
  }: EveryToolOptions = {}): Promise<readonly Answered[]> {
    const answered: Answered[] = [];
    for (const tool of tools) {
      if (fresh) this.place.restore();
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

interface EveryToolOptions {
  readonly rename?: (args: Arguments) => Arguments;
  readonly tools?: readonly ToolDescriptor[];
  /** Not needed where every call is refused. */
  readonly fresh?: boolean;
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

function detailsOf(frame: Frame): Arguments | readonly Arguments[] {
  return (frame['error'] as { details?: Arguments | readonly Arguments[] } | undefined)?.details ?? {};
}

/** Which fields an action needs, its schema cannot say; its refusal does. */
function missingField(details: Arguments | readonly Arguments[]): string | undefined {
  if (!Array.isArray(details)) return undefined;
  const [issue] = details as readonly Arguments[];
  return issue?.['constraint'] === 'isDefined' ? String(issue['path']).replace('arguments.', '') : undefined;
}
