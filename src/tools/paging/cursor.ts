import { hash } from 'node:crypto';

import { ServerError } from '../../shared/errors/index.js';
import { type PagedInput } from '../fields/paged.input.js';

/** What a cursor belongs to. */
export interface Place {
  readonly tool: string;
  readonly input: PagedInput;
  /** All that the answer was made from: ids of objects, or the whole answer where it has none. Called where needed. */
  readonly state: () => string;
}

/** Where an answer goes on: some whole numbers whose meaning is the tool's. */
export type Position = readonly number[];

interface Claim {
  readonly at: Position;
  readonly was: unknown;
}

/** How an answer is shown changes nothing of where it goes on. */
const OF_FORM = new Set(['cursor', 'max_bytes', 'response_format', 'verbosity']);
const MAX_NUMBERS = 4;
const VERSION = 1;

/**
 * A cursor holds no secret and gives no right: whoever makes one up reads what the same arguments read without it.
 * So it is not signed, and outlives a restart of the server; it is only ever believed after all of it was checked.
 */
export function cursorAt({ tool, input, state }: Place, at: Position): string {
  const claim = [VERSION, tool, digestOf(argumentsOf(input)), digestOf(state()), ...at];
  return Buffer.from(JSON.stringify(claim)).toString('base64url');
}

/**
 * @returns where to begin, `undefined` for the beginning
 * @throws ServerError `validation_failed` where this tool did not give the cursor for these arguments, or what they are
 *   about has changed since (`details[0].constraint` is `cursorIsCurrent`)
 */
export function positionOf(place: Place): Position | undefined {
  const claimed = claimedPosition(place);
  if (claimed && claimed.was !== digestOf(place.state())) throw refusal('cursorIsCurrent', CHANGED);
  return claimed?.at;
}

/**
 * Where to begin for who has to know it to find the answer; whether that still is what it was is for `positionOf`.
 *
 * @throws ServerError as `positionOf`
 */
export function claimedPosition({ tool, input }: Omit<Place, 'state'>): Claim | undefined {
  if (input.cursor === undefined) return undefined;
  const [version, from, args, was, ...at] = claimOf(input.cursor);
  if (version !== VERSION || !isPosition(at)) throw refusal('cursorIsKnown', UNKNOWN);
  if (from !== tool) throw refusal('cursorIsKnown', OF_ANOTHER_TOOL);
  if (args !== digestOf(argumentsOf(input))) throw refusal('cursorIsKnown', OF_OTHER_ARGUMENTS);
  return { at, was };
}

const UNKNOWN = 'is not one that this server gave; call again without it';
const OF_ANOTHER_TOOL = 'was given by another tool; call that one, or this one without it';
const OF_OTHER_ARGUMENTS = 'was given for other arguments; repeat those, or call again without it';
const CHANGED = 'goes on with an answer that has changed since, in the repository; call again without it';

function claimOf(cursor: string): readonly unknown[] {
  try {
    const claim: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(claim) ? claim : [];
  } catch {
    return [];
  }
}

function isPosition(at: readonly unknown[]): at is Position {
  const areCounts = at.every((one) => Number.isSafeInteger(one) && (one as number) >= 0);
  return at.length > 0 && at.length <= MAX_NUMBERS && areCounts;
}

function argumentsOf(input: PagedInput): string {
  const named = Object.entries(input).filter(([name, value]) => !OF_FORM.has(name) && value !== undefined);
  return JSON.stringify(named.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

function digestOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 12);
}

function refusal(constraint: string, what: string): ServerError {
  return new ServerError('validation_failed', `The cursor ${what}`, {
    details: [{ path: 'arguments.cursor', constraint, message: `cursor ${what}` }],
  });
}
