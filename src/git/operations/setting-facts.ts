import { createHmac, randomBytes } from 'node:crypto';

import { configEntry } from '../cli/config-entries.js';
import { type GitCommand } from '../git-cli.port.js';
import { type ConfigValues } from '../libgit2/config-file.js';
import { maskUrl } from '../remotes/remote-url.js';
import { dangerOf } from '../security/dangerous-keys.js';
import { inertKey } from '../security/inert-keys.js';
import { type Change, type Facts } from './snapshot.js';

/** What tools change beside the keys that a caller may write. */
const SECTIONS = /^(?:remote|branch|submodule)\..+\.[a-z][a-z0-9-]*$/s;
const HELPER = /^[A-Za-z0-9+.-]+::/;
const UNKNOWN = 'unknown ';
/** So that the digest of a secret tells nothing about it. */
const SALT = randomBytes(32);

/**
 * Values by key: a JSON list of texts, or, where one is a secret, dangerous or cannot be written back, only something to
 * see by whether it is the same.
 */
export function settingFacts(config: ConfigValues): Facts {
  const known = [...config].filter(([key]) => isKnown(key));
  return new Map(known.map(([key, values]) => [key, factOf(key, values)]));
}

/** From or to what the log does not keep. */
export function isUnknownSetting({ from, to }: Change): boolean {
  return [from, to].some((value) => value?.startsWith(UNKNOWN));
}

/** What may be shown of a value; `null` for none. */
export function shownSetting(fact: string | null): string | null {
  if (fact === null) return null;
  return fact.startsWith(UNKNOWN) ? 'a value that is not kept' : valuesOf(fact).join(', ');
}

/** The values of a key are written one after the other. */
export function isPartlyWritten(now: string | null, { to }: Change): boolean {
  if (now === null || to === null || now.startsWith(UNKNOWN)) return false;
  const wanted = valuesOf(to);
  return valuesOf(now).every((value, at) => value === wanted[at]);
}

/** The commands that make these settings what `to` says, and no other ones: a record may be anybody's. */
export function settingCommands(changes: readonly Change[]): readonly GitCommand[] {
  return changes
    .filter((change) => isKnown(change.name) && !isUnknownSetting(change))
    .flatMap(({ name, to }) => {
      const [first, ...others] = to === null ? [] : valuesOf(to);
      if (first === undefined) return [setting('--unset-all', name)];
      return [setting('--replace-all', name, first), ...others.map((value) => setting('--add', name, value))];
    });
}

function setting(option: string, ...revisions: readonly string[]): GitCommand {
  return { name: 'config setting', options: ['--local', option], revisions };
}

function isKnown(key: string): boolean {
  return SECTIONS.test(key) || inertKey(key) === key;
}

function factOf(key: string, values: readonly string[]): string {
  const text = JSON.stringify(values);
  if (values.every((value) => isKept(key, value))) return text;
  return UNKNOWN + createHmac('sha256', SALT).update(text).digest('hex');
}

function isKept(key: string, value: string): boolean {
  if (value === '' || value.startsWith('-') || `${key}${value}`.includes('\uFFFD')) return false;
  const isSecret = maskUrl(value) !== value;
  return !isSecret && !HELPER.test(value) && dangerOf(configEntry(key, value)) === undefined;
}

function valuesOf(fact: string): readonly string[] {
  return JSON.parse(fact) as readonly string[];
}
