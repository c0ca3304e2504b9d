import { type ConfigEntry } from '../cli/config-entries.js';
import { type Danger } from './finding.js';

/** How a key is kept from its effect, where neither a fixed setting, an override nor a refusal does it. */
export type Otherwise =
  | 'environment'
  | 'command-line'
  | 'no-tool'
  | 'refused-by-tool'
  | 'refused-unless-trusted'
  | 'refused-elsewhere'
  | 'patterns'
  | 'literal';

export interface DangerousKey {
  /** Section and variable without the subsection, in lower case, as git spells them. */
  readonly key: RegExp;
  readonly danger: Danger;
  readonly effect: string;
  readonly otherwise?: Otherwise;
  /** Whether a value of the key does harm; any value where absent. */
  readonly when?: (value: string, subsection: string | undefined) => boolean;
  /** The value may be a secret, and is not shown. */
  readonly secret?: true;
}

const isOn = (value: string) => !/^(?:|false|no|off|0|true|yes|on|1)$/i.test(value);
const runs = (
  key: RegExp,
  effect: string,
  otherwise?: Otherwise,
  when?: DangerousKey['when'],
): DangerousKey => ({
  key,
  danger: 'runs',
  effect,
  ...(otherwise && { otherwise }),
  ...(when && { when }),
});
const other = (
  danger: Danger,
  key: RegExp,
  effect: string,
  otherwise?: Otherwise,
  more: Pick<DangerousKey, 'when' | 'secret'> = {},
): DangerousKey => ({ key, danger, effect, ...(otherwise && { otherwise }), ...more });

/** What git-config(1) of git 2.39 and later knows that can do harm. The first that fits says what it is. */
export const DANGEROUS_KEYS: readonly DangerousKey[] = [
  runs(/^core\.fsmonitor$/, 'runs on git status, diff and add', undefined, isOn),
  runs(/^core\.hookspath$/, 'names the folder of the hooks that run on most commands'),
  runs(/^hook\.command$/, 'runs on the events that are named beside it'),
  runs(/^filter\.(clean|process)$/, 'runs on git status, diff and add of the files with this filter'),
  runs(/^filter\.smudge$/, 'runs on checkout, merge and clone of the files with this filter'),
  runs(/^diff\.(external|command|textconv)$/, 'runs on git diff, log -p, show and blame'),
  runs(/^merge\.driver$/, 'runs on git merge, rebase, cherry-pick and merge-tree'),
  runs(/^gpg\.(program|defaultkeycommand)$/, 'runs where a signature is made or shown, even by git log'),
  runs(/^core\.(sshcommand|askpass)$/, 'runs on git fetch and push', 'environment'),
  runs(/^core\.gitproxy$/, 'runs on git fetch and push'),
  runs(/^credential\.helper$/, 'runs on git fetch and push, and is told passwords'),
  runs(/^remote\.(uploadpack|receivepack)$/, 'runs on git fetch and push', 'command-line'),
  runs(/^remote\.vcs$/, 'runs the program git-remote-<value> on git fetch and push'),
  runs(/^uploadpack\.packobjectshook$/, 'runs where somebody fetches from here', 'no-tool'),
  runs(/^core\.(editor|pager)$|^sequence\.editor$|^pager\./, 'runs at a terminal', 'environment'),
  runs(/^core\.alternaterefscommand$/, 'runs on git fetch and receive-pack'),
  runs(/^trailer\.(command|cmd)$/, 'runs on git commit --trailer and interpret-trailers', 'no-tool'),
  runs(
    /^tar\.command$/,
    "runs on git archive in place of git's own zip",
    'refused-unless-trusted',
    (_value, format) => format === 'zip',
  ),
  runs(/^tar\.command$/, 'runs on git archive', 'no-tool'),
  runs(/^gc\.recentobjectshook$/, 'runs on git gc, prune and repack', 'refused-unless-trusted'),
  runs(/^(difftool|mergetool|guitool|man|browser)\.(cmd|path)$/, 'runs on that tool', 'no-tool'),
  runs(/^(sendemail|instaweb|imap|interactive|gui)\./, 'can name programs of other tools', 'no-tool'),
  runs(/^alias\./, 'is another command under this name', 'no-tool', (value) => value.startsWith('!')),
  runs(/^submodule\.update$/, 'runs on git submodule update', 'no-tool', (value) => value.startsWith('!')),
  runs(/^protocol\.(ext\.)?allow$/, 'lets URLs be programs', 'environment', (value) => value !== 'never'),
  other('leads', /^include(if)?\.path$/, 'takes in another file of settings', 'refused-elsewhere'),
  other('leads', /^core\.worktree$/, 'puts the work tree elsewhere', 'refused-elsewhere'),
  other('leads', /^url\.(insteadof|pushinsteadof)$/, 'turns other URLs into this one'),
  other('leads', /^remote\.proxy$|^http\.proxy$/, 'sends what is fetched and pushed through this host'),
  other('exposes', /^http\.extraheader$/, 'is sent to the host, often with a token', 'literal', {
    secret: true,
  }),
  other('exposes', /^http\.(cookiefile|sslkey|sslcert|proxysslkey)$/, 'hands files of the account to a host'),
  other(
    'leads',
    /^http\.(sslverify|sslcainfo|sslcapath|sslbackend|curloptresolve|schannel\w*)$/,
    'weakens who the host is',
    undefined,
    {
      when: (value) => value.toLowerCase() !== 'true',
    },
  ),
  other('leads', /^fetch\.bundleuri$|^transfer\.bundleuri$/, 'fetches from there as well'),
  other(
    'leads',
    /^remote\.(promisor|partialclonefilter)$|^extensions\.partialclone$/,
    'makes reading commands fetch what is missing',
    'environment',
  ),
  other(
    'reads',
    /^(core\.(attributesfile|excludesfile)|blame\.ignorerevsfile|mailmap\.file|diff\.orderfile)$/,
    'reads a file, which may lie anywhere',
    'patterns',
  ),
  other(
    'reads',
    /^fsck\.skiplist$/,
    'reads a file, which may lie anywhere, and tells of it',
    'refused-by-tool',
  ),
  other(
    'reads',
    /^(fetch|receive)\.skiplist$/,
    'reads a file, which may lie anywhere, and tells of it where what comes is checked',
  ),
  other('reads', /^commit\.template$/, 'reads a file, which may lie anywhere', 'command-line'),
  other(
    'runs',
    /^(commit|tag|push)\.gpgsign$|^log\.showsignature$/,
    'asks the program of signatures',
    undefined,
    {
      when: (value) => value.toLowerCase() !== 'false',
    },
  ),
  other('leads', /^branch\.mergeoptions$|^pull\.twohead$/, 'changes what a merge keeps', 'command-line'),
  other('leads', /^submodule\.recurse$/, 'works in submodules as well', undefined, {
    when: (value) => value.toLowerCase() !== 'false',
  }),
];

export function dangerOf(entry: ConfigEntry): DangerousKey | undefined {
  const plain = `${entry.section}.${entry.variable}`;
  return DANGEROUS_KEYS.find(
    ({ key, when }) => key.test(plain) && (when?.(entry.value, entry.subsection) ?? true),
  );
}
