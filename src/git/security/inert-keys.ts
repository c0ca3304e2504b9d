import { isBranchName } from '../writes/ref-name.js';

/** What may be written to a key. */
interface InertKey {
  /** By the key as git spells it: section and variable in lower case. */
  readonly key: RegExp;
  readonly value: RegExp;
  /** For a caller who got it wrong. */
  readonly takes: string;
}

const FLAG = /^(?:true|false)$/;
const flags = (...keys: readonly string[]): InertKey[] => [
  { key: exactly(keys), value: FLAG, takes: 'true or false' },
];
const choice = (keys: readonly string[], ...choices: readonly string[]): InertKey => ({
  key: exactly(keys),
  value: new RegExp(`^(?:${choices.join('|')})$`),
  takes: `one of ${choices.join(', ')}`,
});

function exactly(keys: readonly string[]): RegExp {
  return new RegExp(`^(?:${keys.map((key) => key.replaceAll('.', '\\.')).join('|')})$`);
}

/**
 * The keys that name no program, no file, no address and no other key, whatever their value is: the only ones that a
 * caller may write. A list of dangerous ones would be wrong with the next version of git.
 */
const INERT_KEYS: readonly InertKey[] = [
  {
    key: exactly(['user.name', 'author.name', 'committer.name']),
    value: /^[^<>]{1,200}$/,
    takes: 'a name without < and >',
  },
  {
    key: exactly(['user.email', 'author.email', 'committer.email']),
    value: /^[^<>\s]{1,200}$/,
    takes: 'an address without spaces, < and >',
  },
  { key: /^branch\.(?<branch>.+)\.description$/, value: /^.{1,1000}$/, takes: 'a text of one line' },
  {
    key: /^branch\.(?<branch>.+)\.rebase$/,
    value: /^(?:true|false|merges)$/,
    takes: 'one of true, false, merges',
  },
  { key: exactly(['init.defaultbranch']), value: /^\w[\w./-]{0,200}$/, takes: 'the name of a branch' },
  { key: exactly(['diff.context', 'diff.interhunkcontext']), value: /^\d{1,4}$/, takes: 'a number' },
  choice(['core.autocrlf'], 'true', 'false', 'input'),
  choice(['core.eol'], 'lf', 'crlf', 'native'),
  choice(['core.safecrlf'], 'true', 'false', 'warn'),
  choice(['pull.rebase'], 'true', 'false', 'merges'),
  choice(['pull.ff', 'merge.ff'], 'true', 'false', 'only'),
  choice(['push.default'], 'nothing', 'current', 'upstream', 'simple', 'matching'),
  choice(['merge.conflictstyle'], 'merge', 'diff3', 'zdiff3'),
  choice(['commit.cleanup'], 'strip', 'whitespace', 'verbatim', 'scissors', 'default'),
  choice(['diff.algorithm'], 'default', 'myers', 'minimal', 'patience', 'histogram'),
  choice(['diff.renames'], 'true', 'false', 'copies'),
  choice(['status.showuntrackedfiles'], 'no', 'normal', 'all'),
  choice(['branch.autosetupmerge'], 'true', 'false', 'always', 'inherit', 'simple'),
  choice(['branch.autosetuprebase'], 'never', 'local', 'remote', 'always'),
  ...flags(
    'core.filemode',
    'core.quotepath',
    'user.useconfigonly',
    'push.followtags',
    'push.autosetupremote',
    'fetch.prune',
    'rebase.autosquash',
    'rebase.autostash',
    'rebase.updaterefs',
    'rerere.enabled',
    'rerere.autoupdate',
    'commit.verbose',
    'log.follow',
    'transfer.fsckobjects',
    'fetch.fsckobjects',
    'receive.fsckobjects',
    'receive.denynonfastforwards',
    'receive.denydeletes',
  ),
];

/** The key as git spells it, where it is one that may be read and written. */
export function inertKey(asked: string): string | undefined {
  const first = asked.indexOf('.');
  const last = asked.lastIndexOf('.');
  if (first <= 0) return undefined;
  const key =
    asked.slice(0, first).toLowerCase() + asked.slice(first, last) + asked.slice(last).toLowerCase();
  return ruleOf(key) && key;
}

/** What is wrong with a value, `undefined` where nothing is. @param key as `inertKey` gives it */
export function faultOf(key: string, value: string): string | undefined {
  // A newline would begin another key where a program writes the file without care (CVE-2026-44244).
  if (/\p{Cc}/u.test(value)) return 'one line without control characters';
  if (value.startsWith('-')) return 'a value that does not begin with "-"';
  const rule = ruleOf(key);
  return rule?.value.test(value) === true ? undefined : rule?.takes;
}

export const INERT_KEYS_HINT =
  'user, author and committer name and email; branch.<name>.description and rebase; line ends (core.autocrlf, eol, safecrlf); and the manner of pull, push, fetch, merge, rebase, rerere, diff, commit, status';

function ruleOf(key: string): InertKey | undefined {
  return INERT_KEYS.find((rule) => {
    const match = rule.key.exec(key);
    const branch = match?.groups?.['branch'];
    return match !== null && (branch === undefined || isBranchName(branch));
  });
}
