import { ServerError } from '../../../shared/errors/index.js';
import { refused } from '../../refusal.js';
import { type LfsPointer } from '../pointer.js';

/** What the server says how something of an object is done. */
export interface LfsAction {
  readonly href: string;
  /** Names in lower case. */
  readonly header: Readonly<Record<string, string>>;
  /** The server wants no credential beside what it says. */
  readonly authenticated: boolean;
}

/** What the server says of one object. */
export interface LfsAnswer {
  readonly download?: LfsAction;
  readonly upload?: LfsAction;
  readonly verify?: LfsAction;
  /** As a status of HTTP; the server does not have the object, or does not take it. */
  readonly errorCode?: number;
}

type Loose = Readonly<Record<string, unknown>>;

/** These say where a message ends and who is asked: they are never the server's to choose. */
const OURS =
  /^(host|connection|content-length|transfer-encoding|expect|upgrade|te|trailer|keep-alive|proxy-.*)$/i;

/**
 * Reads an answer as https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md has it. What is not of an object that
 * was asked for, or says another size of it, is left out.
 *
 * @returns by id of the object
 * @throws ServerError `operation_failed` with `details.reason: 'bad-answer'`
 */
export function parseBatchAnswer(text: string, asked: readonly LfsPointer[]): ReadonlyMap<string, LfsAnswer> {
  const { transfer, objects } = objectOf(jsonOf(text)) ?? {};
  // It says nothing of how where it knows no other way.
  if (!Array.isArray(objects) || (transfer ?? 'basic') !== 'basic') throw badAnswer();
  const sizes = new Map(asked.map(({ oid, size }) => [oid, size]));
  const answers = new Map<string, LfsAnswer>();
  for (const one of objects as unknown[]) {
    const { oid, size, authenticated, actions, error } = objectOf(one) ?? {};
    if (typeof oid !== 'string' || sizes.get(oid) !== size) continue;
    answers.set(oid, answerOf(objectOf(actions) ?? {}, objectOf(error), authenticated === true));
  }
  return answers;
}

function answerOf(actions: Loose, error: Loose | undefined, authenticated: boolean): LfsAnswer {
  if (error) return { errorCode: typeof error['code'] === 'number' ? error['code'] : 0 };
  const found = (['download', 'upload', 'verify'] as const).flatMap((name) => {
    const action = actionOf(objectOf(actions[name]), authenticated);
    return action ? [[name, action] as const] : [];
  });
  return Object.fromEntries(found);
}

function actionOf(action: Loose | undefined, authenticated: boolean): LfsAction | undefined {
  if (typeof action?.['href'] !== 'string') return undefined;
  return { href: action['href'], header: headersOf(action['header']), authenticated };
}

/** Those of headers that a server may choose, in lower case. */
export function headersOf(header: unknown): Readonly<Record<string, string>> {
  const chosen = Object.entries(objectOf(header) ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' && !OURS.test(name) ? [[name.toLowerCase(), value] as const] : [],
  );
  return Object.fromEntries(chosen);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badAnswer();
  }
}

export function objectOf(value: unknown): Loose | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : undefined;
}

export function badAnswer(): ServerError {
  const message =
    'What answers at the URL of the remote, with .git/info/lfs, is no LFS server that this one understands';
  return refused('bad-answer', message);
}
