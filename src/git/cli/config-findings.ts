import { type ConfigEntry, configEntries } from './config-entries.js';
import { type Setting } from './fixed-settings.js';

/** What the configuration of one repository makes necessary before git may run in it. */
export interface ConfigFindings {
  /** Settings that take the teeth out of the repository's own. */
  readonly overrides: readonly Setting[];
  /** Keys that nothing can neutralise, refused on every command. */
  readonly refused: readonly string[];
  /** Keys that nothing can neutralise once a remote is involved. */
  readonly refusedOnNetwork: readonly string[];
  /** Files that the configuration takes in, conditionally or not, as written there. */
  readonly includes: readonly string[];
  /** The last value of each key that names the author. */
  readonly identity: ReadonlyMap<string, string>;
  /** Where the configuration puts the work tree, as written there. */
  readonly worktree?: string;
  /** Where the configuration says that the hooks are, as written there. */
  readonly hooksPath?: string;
}

/** An ordinary three-way merge, as git does it without a driver. An empty driver makes the merge die. */
const ORDINARY_MERGE = 'git merge-file --marker-size=%L %A %O %B';

/** By section and variable, lower case as git prints them; the subsection keeps its case. */
const NEUTRAL: Readonly<Record<string, string>> = {
  'filter.clean': '',
  'filter.smudge': '',
  'filter.process': '',
  'filter.required': 'false',
  'diff.command': '',
  'diff.textconv': '',
  'merge.driver': ORDINARY_MERGE,
  // Options of git merge, such as a strategy that throws one side away.
  'branch.mergeoptions': '',
  'credential.helper': '',
  'hook.command': '',
  'hook.enabled': 'false',
  'gpg.program': 'false',
  'remote.proxy': '',
  'http.proxy': '',
};

/** `http.*` that only changes how fast or how often, or what is sent to the host that was asked for. */
const INERT_HTTP = new Set([
  'postbuffer',
  'version',
  'lowspeedlimit',
  'lowspeedtime',
  'maxrequests',
  'minsessions',
  'extraheader',
  'useragent',
  'emptyauth',
  'followredirects',
  'proxy',
  'keepaliveidle',
  'keepaliveinterval',
  'keepalivecount',
]);
const IDENTITY = new Set(['user', 'author', 'committer'].flatMap((who) => [`${who}.name`, `${who}.email`]));

/** Above this many overrides the environment would not fit into a process. */
const MAX_OVERRIDES = 500;

/** @param listing what `git config --list --null` prints */
export function configFindings(listing: string): ConfigFindings {
  const entries = configEntries(listing);
  const overrides = new Map(entries.flatMap(neutralised));
  const refused = new Set(overrides.size > MAX_OVERRIDES ? ['filter.*'] : []);
  const last = (wanted: string) => entries.findLast(({ key }) => key === wanted)?.value;
  const worktree = last('core.worktree');
  const hooksPath = last('core.hookspath');
  return {
    overrides: [...overrides],
    refused: [...refused],
    refusedOnNetwork: [...new Set(entries.filter(dangerousOnNetwork).map(({ key }) => key))],
    includes: entries.filter(isInclude).map(({ value }) => value),
    identity: new Map(entries.filter(({ key }) => IDENTITY.has(key)).map(({ key, value }) => [key, value])),
    ...(worktree !== undefined && { worktree }),
    ...(hooksPath !== undefined && { hooksPath }),
  };
}

function isInclude({ section, variable }: ConfigEntry): boolean {
  return (section === 'include' || section === 'includeif') && variable === 'path';
}

function neutralised({ key, section, subsection, variable }: ConfigEntry): Setting[] {
  if (subsection === undefined) return [];
  const settings: Setting[] = [];
  const neutral = NEUTRAL[`${section}.${variable}`];
  if (neutral !== undefined) settings.push([key, neutral]);
  if (section === 'hook') settings.push([`hook.${subsection}.enabled`, 'false']);
  return settings;
}

function dangerousOnNetwork({ section, subsection, variable }: ConfigEntry): boolean {
  if (section === 'url') return true;
  if (section === 'http') return !INERT_HTTP.has(variable);
  if (section === 'core') return variable === 'gitproxy';
  // Each line of the list that is no id of an object is told in git's error.
  if ((section === 'fetch' || section === 'receive') && variable === 'skiplist') return true;
  if (section === 'fetch') return variable === 'bundleuri';
  return section === 'remote' && subsection !== undefined && variable === 'vcs';
}
