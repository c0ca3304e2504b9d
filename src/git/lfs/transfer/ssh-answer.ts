import { type ServerError } from '../../../shared/errors/index.js';
import { refused } from '../../refusal.js';
import { parseRemoteUrl } from '../../remotes/remote-url.js';
import { headersOf, objectOf } from './batch-answer.js';

/** What `git-lfs-authenticate` says. */
export interface SshAnswer {
  /** Of the LFS server; the one that belongs to the remote where it names none. */
  readonly href: string | undefined;
  /** What it is shown, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970; no longer good after. */
  readonly untilMs: number;
}

/** Of a question that is on its way when the time is over. */
const MARGIN_MS = 5_000;

/**
 * Reads an answer as https://github.com/git-lfs/git-lfs/blob/main/docs/api/server-discovery.md has it.
 *
 * @param nowMs when it was asked for
 * @throws ServerError `operation_failed` with `details.reason`: `bad-answer`; `invalid-url` of an address that is none of https or http
 */
export function parseSshAnswer(text: string, nowMs: number): SshAnswer {
  const answer = objectOf(jsonOf(text));
  if (answer === undefined) throw badAnswer();
  const { href = '', header, expires_in: seconds, expires_at: at } = answer;
  if (typeof href !== 'string') throw badAnswer();
  const ends = [
    typeof seconds === 'number' && seconds > 0 ? nowMs + seconds * 1_000 : Infinity,
    typeof at === 'string' ? Date.parse(at) || Infinity : Infinity,
  ];
  return {
    href: href === '' ? undefined : plain(href),
    headers: headersOf(header),
    untilMs: Math.min(...ends) - MARGIN_MS,
  };
}

/** Without a credential and a query, which would stand in the middle of what is asked for. */
function plain(href: string): string {
  const remote = parseRemoteUrl(href);
  if (remote.protocol !== 'https' && remote.protocol !== 'http') throw badAnswer();
  return remote.url.replace(/\/+$/, '');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badAnswer();
  }
}

function badAnswer(): ServerError {
  const message = 'What git-lfs-authenticate of the remote says is no answer that this server understands';
  return refused('bad-answer', message);
}
