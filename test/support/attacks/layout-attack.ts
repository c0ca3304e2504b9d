import { AttackPlace } from './attack-place.js';
import { type Answered, AttackServer, faultsOf, type Finding, outcomeOf } from './attack-server.js';
import { type LayoutCase } from './layout-cases.js';

/** They make a repository of their own, elsewhere, only note where one is, or are about the server itself. */
const ELSEWHERE = new Set(['git_clone', 'git_init', 'git_set_working_dir', 'server_diagnose']);

export interface LayoutFindings {
  /** Tools that worked on a repository that is to be refused: `tool: code`. */
  readonly served: readonly string[];
  /** Programs that ran: `tool: program`. */
  readonly ran: readonly string[];
  readonly faults: readonly Finding[];
  readonly outsideChanged: boolean;
}

export const NOTHING_FOUND: LayoutFindings = { served: [], ran: [], faults: [], outsideChanged: false };

/** Every tool, called in repositories that are laid out in each of these ways. Stop it. */
export class LayoutAttack {
  private constructor(
    private readonly cases: readonly LayoutCase[],
    private readonly places: readonly AttackPlace[],
    private readonly server: AttackServer,
    private readonly answered: readonly (readonly Answered[])[],
  ) {}

  static async start(
    cases: readonly LayoutCase[],
    startServer = (places: readonly AttackPlace[]): Promise<AttackServer> => AttackServer.start(places),
  ): Promise<LayoutAttack> {
    const places = AttackPlace.several(cases.length);
    for (const [index, { prepare }] of cases.entries()) {
      const place = places[index] as AttackPlace;
      prepare(place);
      place.seal();
    }
    const server = await startServer(places);
    const answered = await server.eachPlace(async (lane, index) => {
      const { path, refused } = cases[index] as LayoutCase;
      const target = path?.(lane.place) ?? lane.place.repo;
      const rename = (args: Record<string, unknown>) =>
        args['repo_path'] === lane.place.repo ? { ...args, repo_path: target } : args;
      const calls: Answered[] = [];
      for (const tool of server.tools)
        calls.push(...(await lane.tool(tool, { rename, fresh: refused === undefined })));
      return calls;
    });
    return new LayoutAttack(cases, places, server, answered);
  }

  /** @param index of the case */
  findings(index: number): LayoutFindings {
    const calls = this.answered[index] ?? [];
    const refused = this.cases[index]?.refused;
    const onRepository = calls.filter(({ tool }) => !ELSEWHERE.has(tool));
    const served = onRepository.filter(({ frame }) => refused?.includes(outcomeOf(frame)) === false);
    return {
      served: served.map(({ tool, frame }) => `${tool}: ${outcomeOf(frame)}`),
      ran: calls.flatMap(({ tool, ran }) => ran.map((name) => `${tool}: ${name}`)),
      faults: faultsOf(calls),
      outsideChanged: this.places[index]?.outsideChanged() !== false,
    };
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
