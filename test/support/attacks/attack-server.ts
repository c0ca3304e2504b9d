import { delimiter } from 'node:path';

import { type ToolDescriptor, ToolRegistry } from '../../../src/tools/tool.registry.js';
import { SCOPES } from '../../../src/shared/principal.js';
import { ServerProcess } from '../server-process.js';
import { type Frame, TestClient } from '../test-client.js';
import { type Settings, TestServer } from '../test-server.js';
import { type AttackPlace, SECRET } from './attack-place.js';
import { listedTools } from './listed-tools.js';
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

/** So many calls are on their way at a time: the server, its git processes and the tests share the cores. */
const LANES = 3;

/** The whole gateway with every tool, attacked through sockets: one for each lane, in which one call follows another. */
export class AttackServer {
  private constructor(
    private readonly server: { stop(): Promise<unknown> },
    private readonly clients: readonly TestClient[],
    private readonly places: readonly AttackPlace[],
    /** All that a client with every scope is offered: new ones are attacked as they come. */
    readonly tools: readonly ToolDescriptor[],
  ) {}

  /** @param places all that the server may work on; what is in one of them is outside of no other */
  static async start(places: readonly AttackPlace[], git: Settings['git'] = {}): Promise<AttackServer> {
    const rateLimit = { enabled: false, framesPerSecond: 1_000, burst: 1_000 };
    const server = await TestServer.start({
      settings: {
        git: { roots: places.map(({ roots }) => roots), timeout: 20_000, ...git },
        resilience: { rateLimit, retry: { maxAttempts: 1 } } as never,
      },
    });
    const registry = server.app.get(ToolRegistry);
    const tools = registry.descriptors({ name: 'all', scopes: new Set(SCOPES) });
    return new AttackServer(server, await clientsOf(server.url), places, tools);
  }

  /** The same with the server as it is shipped. @param env settings and whatever else it is started with */
  static async shipped(
    places: readonly AttackPlace[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<AttackServer & { readonly process: ServerProcess }> {
    const server = await ServerProcess.start({
      env: {
        MCP_GIT_ROOTS: places.map(({ roots }) => roots).join(delimiter),
        MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false',
        MCP_GIT_RESILIENCE_RETRY_MAX_ATTEMPTS: '1',
        MCP_GIT_SESSIONS_STORE_KIND: 'memory',
        ...env,
      },
    });
    const clients = await clientsOf(server.webSocketUrl);
    const tools = await listedTools(clients[0] as TestClient);
    return Object.assign(new AttackServer(server, clients, places, tools), { process: server });
  }

  /** Those that may reach other hosts and repositories, or say where those are. */
  get remoteTools(): readonly ToolDescriptor[] {
    return this.tools.filter(({ name, annotations }) => annotations.openWorldHint || name === 'git_remote');
  }

  /** One of the lanes, for a place of its own. */
  lane(place: AttackPlace, index = 0): AttackLane {
    const client = this.clients[index];
    if (!client) throw new Error(`there is no lane ${index}`);
    return new AttackLane(client, place, this.tools);
  }

  /** Calls every tool in every way that it has samples for, the tools shared out among the places. */
  async everyTool(options: EveryToolOptions = {}): Promise<readonly Answered[]> {
    const { tools = this.tools, ...rest } = options;
    const lanes = this.places.slice(0, LANES).map((place, index) => this.lane(place, index));
    const answered = await shared(tools, lanes, (tool, lane) => lane.tool(tool, rest));
    return answered.flat();
  }

  /** Does the work for each place, in several lanes. @returns in the order of the places */
  eachPlace<T>(work: (lane: AttackLane, index: number) => Promise<T>): Promise<readonly T[]> {
    const numbers = this.places.map((_, index) => index);
    return shared(numbers, this.clients, (index, client) =>
      work(new AttackLane(client, this.places[index] as AttackPlace, this.tools), index),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    await this.server.stop();
    for (const place of this.places) place.remove();
  }
}

/** Calls of one client on one place, one after another: whatever runs meanwhile in the place was caused by the call. */
export class AttackLane {
  constructor(
    private readonly client: TestClient,
    readonly place: AttackPlace,
    private readonly tools: readonly ToolDescriptor[],
  ) {}

  /** A call with all that the server asks for on the way: fields that an action needs, the plan of what is lost. */
  async call(name: string, args: Arguments, attempts = 4): Promise<Frame> {
    const frame = await this.send(name, args);
    const more = attempts === 0 ? undefined : await this.asked(name, args, frame);
    return more ? this.call(name, { ...args, ...more }, attempts - 1) : frame;
  }

  /** A call, and what ran because of it. */
  async attack(name: string, args: Arguments): Promise<Answered> {
    const frame = await this.call(name, args);
    return { tool: name, frame, ran: this.place.sung() };
  }

  /** Calls a tool in every way that it has samples for. */
  async tool(
    tool: ToolDescriptor,
    { rename = (args) => args, fresh = true }: Omit<EveryToolOptions, 'tools'> = {},
  ): Promise<readonly Answered[]> {
    if (fresh) this.place.restore();
    if (fresh && !tool.annotations.readOnlyHint) this.place.touch();
    const answered: Answered[] = [];
    for (const args of samplesOf(tool, this.place))
      answered.push(await this.attack(tool.name, rename(args, this.place)));
    return answered;
  }

  private async asked(name: string, args: Arguments, frame: Frame): Promise<Arguments | undefined> {
    const details = detailsOf(frame);
    const field = missingField(details);
    if (field !== undefined && !(field in args)) {
      return { [field]: valueOf(field, this.schemaOf(name).properties[field] ?? {}, this.place) };
    }
    if (!('plan_token' in details) || 'plan_token' in args) return undefined;
    const planned = await this.send(name, { ...args, dry_run: true });
    const plan = (planned['result'] as { structuredContent?: Arguments } | undefined)?.structuredContent;
    return plan && { confirm: true, plan_token: plan['plan_token'] };
  }

  private send(name: string, args: Arguments): Promise<Frame> {
    return this.client.request('tools/call', { params: { name, arguments: args } });
  }

  private schemaOf(name: string): ToolDescriptor['inputSchema'] {
    const found = this.tools.find((tool) => tool.name === name);
    if (found) return found.inputSchema;
    throw new Error(`there is no tool ${name}`);
  }
}

function clientsOf(url: string): Promise<TestClient[]> {
  return Promise.all(Array.from({ length: LANES }, () => TestClient.connect(url)));
}

/** Whoever is free takes the next. @returns in the order of the items */
async function shared<I, W, T>(
  items: readonly I[],
  workers: readonly W[],
  work: (item: I, worker: W) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = [];
  let next = 0;
  const takeAll = async (worker: W): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await work(items[index] as I, worker);
    }
  };
  await Promise.all(workers.map(takeAll));
  return results;
}

interface EveryToolOptions {
  readonly rename?: (args: Arguments, place: AttackPlace) => Arguments;
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
