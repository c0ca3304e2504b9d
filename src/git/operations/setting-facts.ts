import { createHmac, randomBytes } from 'node:crypto';

import { configEntry } from '../cli/config-entries.js';
import { type GitCommand } from '../git-cli.port.js';
import { type ConfigValues } from '../libgit2/config-file.js';
import { maskUrl } from '../remotes/remote-url.js';
import { dangerOf } from '../security/dangerous-keys.js';
import { isGuard, isGuardKey } from '../security/guards.js';
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
  const known = [...config].filter(([key, values]) => isKnown(key) || isDangerous(key, values));
  return new Map(known.map(([key, values]) => [key, factOf(key, values)]));
}

/** As `settingFacts`, of a file beside the one that all work trees share: only that dangerous keys are other ones. */
export function dangerFacts(file: string, config: ConfigValues): Facts {
  const found = [...config].filter(([key, values]) => isDangerous(key, values));
  return new Map(found.map(([key, values]) => [nameIn(file, key), digestOf(values)]));
}

/** Whether nothing in it is a secret, dangerous or not to be written back. */
export function isWhollyKept(config: ConfigValues): boolean {
  return [...config].every(([key, values]) => values.every((value) => isKept(key, value)));
}

/** Of a key that is set elsewhere than in the configuration of the repository itself. No key has a line end in it. */
export function nameIn(place: string, key: string): string {
  return `${place}\n${key}`;
}

/** @returns its place, empty for the repository itself, and its key */
export function placedKey(name: string): readonly [place: string, key: string] {
  const end = name.lastIndexOf('\n');
  return [name.slice(0, Math.max(end, 0)), name.slice(end + 1)];
}

/** For people. */
export function shownKey(name: string): string {
  const [place, key] = placedKey(name);
  return place === '' ? key : `${key} (${place})`;
}

/** The same as bytes, one character each, as names of refs are. */
export function shownBytes(name: string): string {
  return Buffer.from(shownKey(name)).toString('latin1');
}

/** From or to what the log does not keep, or what a record that is somebody's own says it did. */
export function isUnknownSetting({ name, from, to }: Change): boolean {
  const [, key] = placedKey(name);
  const isKnownFact = (fact: string) =>
    !fact.startsWith(UNKNOWN) && valuesOf(fact).every((value) => isKept(key, value));
  return [from, to].some((fact) => fact !== null && !isKnownFact(fact));
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

/**
 * The commands that make these settings what `to` says, and no other ones: a record may be anybody's.
 *
 * @param place where the commands run; the settings of other places are left out
 */
export function settingCommands(changes: readonly Change[], place: string): readonly GitCommand[] {
  return changes.flatMap((change) => {
    const [where, key] = placedKey(change.name);
    if (where !== place || !isKnown(key) || isUnknownSetting(change)) return [];
    const [first, ...others] = change.to === null ? [] : valuesOf(change.to);
    if (first === undefined) return [setting('--unset-all', key)];
    return [setting('--replace-all', key, first), ...others.map((value) => setting('--add', key, value))];
  });
}

function setting(option: string, ...revisions: readonly string[]): GitCommand {
  return { name: 'config setting', options: ['--local', option], revisions };
}

function isKnown(key: string): boolean {
  return SECTIONS.test(key) || inertKey(key) === key || isGuardKey(key);
}

function isDangerous(key: string, values: readonly string[]): boolean {
  return values.some((value) => dangerOf(configEntry(key, value)) !== undefined);
}

function factOf(key: string, values: readonly string[]): string {
  return values.every((value) => isKept(key, value)) ? JSON.stringify(values) : digestOf(values);
}

function digestOf(values: readonly string[]): string {
  return UNKNOWN + createHmac('sha256', SALT).update(JSON.stringify(values)).digest('hex');
}

function isKept(key: string, value: string): boolean {
  if (isGuard(key, value)) return true;
  if (value === '' || value.startsWith('-') || `${key}${value}`.includes('\uFFFD')) return false;
  const isSecret = maskUrl(value) !== value;
  return !isSecret && !HELPER.test(value) && dangerOf(configEntry(key, value)) === undefined;
}

function valuesOf(fact: string): readonly string[] {
  return JSON.parse(fact) as readonly string[];
}
