type Environment = Readonly<Record<string, string | undefined>>;

/** One process to start; it leads a group of its own. */
export interface SpawnRequest {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment: the second layer wins. */
  readonly env: { readonly base: Environment; readonly own: Environment };
  /** Whether input follows; without it there is none. */
  readonly input: boolean;
  /** What it and all that it starts find in descriptor 3, where each byte can be read once. */
  readonly answers?: string | undefined;
  /** It leaves the processor to others once it has run for long. Whoever holds locks does not: others wait for it. */
  readonly yields?: boolean;
}

/** Pipes from the spawner to the server, two for one process, that are there from the beginning. */
export const LANES = 8;
/** Of the spawner, after the three that every process has and the channel. */
const FIRST_PIPE = 4;

/** Where the output of a process goes without passing through the spawner. */
export interface OutputRequest {
  readonly lane: number;
  /** Hex digits of what the spawner writes before the output and after it. */
  readonly mark: string;
}

/** File descriptors of the spawner's ends, for standard output and standard error. */
export function pipesOf(lane: number): readonly [number, number] {
  return [FIRST_PIPE + 2 * lane, FIRST_PIPE + 2 * lane + 1];
}

/** An environment that many processes have below their own, told once. */
export interface SpawnerBase {
  readonly base: number;
  readonly env: Environment;
}

/** To the spawner, about the process with this number. */
export type SpawnerOrder =
  | {
      readonly id: number;
      readonly start: Omit<SpawnRequest, 'env'> & { readonly base: number; readonly own: Environment };
      /** Without it the spawner tells what the process writes. */
      readonly output: OutputRequest | undefined;
    }
  /** All of its input. */
  | { readonly id: number; readonly input: string | Buffer }
  /** Nobody reads its output any more. */
  | { readonly id: number; readonly letGo: true };

export type StreamName = 'stdout' | 'stderr';

/** From the spawner: what happened to a process, in order. */
export type SpawnerEvent =
  | { readonly id: number; readonly pid: number }
  | { readonly id: number; readonly failed: { readonly code: string | undefined; readonly message: string } }
  | { readonly id: number; readonly stream: StreamName; readonly chunk: Buffer }
  | { readonly id: number; readonly exit: Ending }
  /** It has ended and its output is all told. */
  | { readonly id: number; readonly close: Ending };

export type Ending = readonly [code: number | null, signal: NodeJS.Signals | null];

/** First `ready`; then what happened since the last message. */
export type SpawnerMessage = { readonly ready: true } | { readonly events: readonly SpawnerEvent[] };
