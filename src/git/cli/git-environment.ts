import { dirname } from 'node:path';

import { type Environment } from '../../config/environment.js';
import { OWNER_VARIABLE } from '../../config/environment.source.js';
import { type GitRunOptions } from '../git-cli.port.js';
import { type Repository } from '../repository.js';
import { scratchEnvironment } from '../scratch-objects.js';
import { askpass } from './askpass.js';
import { type CommandRule } from './command-rule.js';
import { FIXED_SETTINGS, INDEX_COPY_SETTINGS, READING_SETTINGS, type Setting } from './fixed-settings.js';
import { ownerMark } from './owner-mark.js';
import { type Signing } from './signing.js';
import { heldAgainst, type Trust } from './trust.js';

/** All that a git process inherits of the server's environment. */
const INHERITED = ['PATH', 'TZ'];
const INHERITED_FOR_SSH = ['SSH_AUTH_SOCK'];
/** Hooks and signing programs look for their own things there; what talks to a remote must not. */
const INHERITED_BY_TRUSTED = ['HOME', 'GNUPGHOME'];

const FIXED: Environment = {
  // No home: nothing of the account that runs the server (configuration, netrc, ignore file) is any caller's.
  HOME: '/dev/null',
  XDG_CONFIG_HOME: '/dev/null',
  LANG: 'C',
  LC_ALL: 'C',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: 'false',
  SSH_ASKPASS: 'false',
  SSH_ASKPASS_REQUIRE: 'never',
  GIT_PAGER: 'cat',
  // git knows ":" as the editor that changes nothing, and starts no process for it.
  GIT_EDITOR: ':',
  GIT_SEQUENCE_EDITOR: ':',
  GIT_MERGE_AUTOEDIT: 'no',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_LITERAL_PATHSPECS: '1',
  GIT_PROTOCOL_FROM_USER: '0',
  GIT_SSH_VARIANT: 'ssh',
  [OWNER_VARIABLE]: ownerMark(),
};

/** Of every ssh, whoever starts it. */
export const SSH_OPTIONS = [
  '-oBatchMode=yes',
  '-oConnectTimeout=15',
  '-oServerAliveInterval=15',
  '-oClearAllForwardings=yes',
];
const OURS_TO_SET = /^GIT_(AUTHOR|COMMITTER)_(NAME|EMAIL|DATE)$/;

export interface EnvironmentRequest {
  readonly rule: CommandRule;
  /** Absent where no repository exists yet. */
  readonly repository?: Repository;
  readonly folder: string;
  /** What the repository's own configuration made necessary. */
  readonly overrides: readonly Setting[];
  /** Where it says that its hooks are. */
  readonly hooksPath?: string | undefined;
  readonly options: Pick<GitRunOptions, 'env' | 'remote' | 'scratch' | 'indexCopy' | 'heldIndex'>;
  readonly signing?: Signing;
  /** Used where neither the repository nor the caller names an author. */
  readonly identity?: Environment;
}

/** What is the same for many processes, one object for all of them, and what wins over it in one of them. */
export interface LayeredEnvironment {
  readonly base: Environment;
  readonly own: Environment;
}

/** The whole environment of a git process: nothing of the server's reaches it but what is listed here. */
export function gitEnvironment(server: Environment, request: EnvironmentRequest): LayeredEnvironment {
  const { rule, repository, folder, options, identity = {} } = request;
  checkEnv(options.env ?? {});
  const remote = rule.network ? options.remote : undefined;
  const asking = remote?.credential && askpass(remote.credential, repository, request.hooksPath);
  const trust = repository?.trust ?? 'untrusted';
  const { fixed, environment: base } = ALWAYS[trust][rule.access];
  const indexCopy = rule.access === 'read' ? options.indexCopy : undefined;
  const index = rule.access === 'read' ? indexCopy : options.heldIndex;
  const added = [
    // Beside a credential the configuration may name no programs, not even of hooks: those would come before ours.
    ...heldAgainst(asking === undefined ? trust : 'untrusted', request.overrides),
    ...(remote?.settings ?? []),
    ...(indexCopy === undefined ? [] : INDEX_COPY_SETTINGS),
    ...rule.settings,
    ...(request.signing?.settings ?? []),
    ...(asking?.settings ?? []),
  ];
  const own = Object.assign(
    {},
    pick(server, INHERITED),
    trust === 'trusted' && !rule.network ? pick(server, INHERITED_BY_TRUSTED) : undefined,
    remote?.protocol === 'ssh' ? pick(server, INHERITED_FOR_SSH) : undefined,
    request.signing?.environment,
    asking?.environment,
    identity,
    options.env,
    repository && location(repository),
    repository && options.scratch !== undefined && scratchEnvironment(repository, options.scratch),
    added.length > 0 ? settings(added, fixed) : undefined,
    index === undefined ? undefined : { GIT_INDEX_FILE: index },
    remote?.virtualHost === undefined ? undefined : { GIT_OVERRIDE_VIRTUAL_HOST: remote.virtualHost },
    {
      GIT_CEILING_DIRECTORIES: dirname(folder),
      GIT_OPTIONAL_LOCKS: rule.access === 'read' && indexCopy === undefined ? '0' : '1',
      GIT_ALLOW_PROTOCOL: remote?.protocol ?? 'none',
      GIT_SSH_COMMAND: ['ssh', ...SSH_OPTIONS, ...(remote?.sshOptions ?? []).map(quoted)].join(' '),
    },
  ) as Environment;
  return { base, own };
}

/** That of an ssh that no git has started: the same. */
export function sshEnvironment(server: Environment): LayeredEnvironment {
  return { base: FIXED, own: pick(server, [...INHERITED, ...INHERITED_FOR_SSH]) };
}

/**
 * Says where the repository is instead of letting git look for it: what it finds could be another one by then, and
 * `core.worktree` of its configuration has no say.
 */
function location({ path, gitDir, commonDir, bare }: Repository): Environment {
  return {
    GIT_DIR: gitDir,
    ...(commonDir === gitDir ? {} : { GIT_COMMON_DIR: commonDir }),
    ...(bare ? {} : { GIT_WORK_TREE: path }),
  };
}

/** Not `-c`: that splits at the first `=`, and the name of a driver may hold one. */
function settings(all: readonly Setting[], from: number): Environment {
  const entries = all.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${from + index}`, key],
    [`GIT_CONFIG_VALUE_${from + index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(from + all.length), ...Object.fromEntries(entries) };
}

/**
 * As git itself hands what `-c` says to the processes that it starts: one variable, where it would else look for two of
 * each setting among all that there are, several times over. What stands here wins over `GIT_CONFIG_COUNT`.
 */
function parameters(all: readonly Setting[]): Environment {
  return { GIT_CONFIG_PARAMETERS: all.map(([key, value]) => quoted(`${key}=${value}`)).join(' ') };
}

/** As one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['!]/g, (letter) => `'\\${letter}'`)}'`;
}

function checkEnv(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) {
    if (!OURS_TO_SET.test(name) || value.includes('\0'))
      throw new Error(`${name} is not for a caller of git to set`);
  }
}

function pick(from: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(
    names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]),
  );
}

/** Built once: what is the same for every process of one trust. */
const ALWAYS = {
  untrusted: { read: readingFor('untrusted'), write: writingFor('untrusted') },
  trusted: { read: readingFor('trusted'), write: writingFor('trusted') },
} as const;

interface Always {
  /** How many settings are counted. */
  readonly fixed: number;
  readonly environment: Environment;
}

function readingFor(trust: Trust): Always {
  const held = heldAgainst(trust, READING_SETTINGS);
  return { fixed: 0, environment: Object.freeze({ ...FIXED, ...parameters(held) }) };
}

/** Counted, so that what is added for one process (a signature, a credential) comes after these and wins. */
function writingFor(trust: Trust): Always {
  const held = heldAgainst(trust, FIXED_SETTINGS);
  return { fixed: held.length, environment: Object.freeze({ ...FIXED, ...settings(held, 0) }) };
}
