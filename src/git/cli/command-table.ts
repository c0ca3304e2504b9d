import { type CommandRule, rule } from './command-rule.js';
import { WORK_TREE_WRITES } from './work-tree-commands.js';
import { HISTORY_READS } from './commands/history.commands.js';
import { INSPECT_READS } from './commands/inspect.commands.js';
import { INTEGRATION_READS, INTEGRATION_WRITES } from './commands/integration.commands.js';
import { STORAGE_READS, STORAGE_WRITES } from './commands/storage.commands.js';
import { REF_READS, REF_WRITES } from './commands/ref.commands.js';
import { WORKTREE_READS, WORKTREE_WRITES } from './commands/worktree.commands.js';

const revisions = { names: 'end-of-options', paths: true } as const;
// A nested repository's own configuration is never read: git would run in it, with its filters.
const INERT_DIFF = ['--no-ext-diff', '--no-textconv', '--ignore-submodules=dirty', '--submodule=short'];
// Neither following renames nor leaving out what a first commit brought is for the repository to choose.
const LOG = [...INERT_DIFF, '--no-follow', '--root'];
const DIFF = `-z -p --patch --no-patch -s --raw --numstat --shortstat --stat --name-only --name-status --full-index
  --unified -U --no-color --abbrev --no-abbrev --find-renames -M --no-renames --find-copies -C --diff-filter --cached
  --merge-base --src-prefix --dst-prefix --no-prefix --binary --quiet --exit-code --root -m -c --cc --diff-merges
  --first-parent --diff-algorithm --no-relative --indent-heuristic --no-indent-heuristic --ita-invisible-in-index -r -t
  --no-commit-id --ignore-submodules --inter-hunk-context -O/dev/null -l --rename-empty --no-rename-empty
  --word-diff --ignore-all-space --ignore-space-change --ignore-space-at-eol --ignore-cr-at-eol --ignore-blank-lines
  --find-copies-harder`;
const WALK = `--format --pretty --max-count -n --skip --since --since-as-filter --until --max-age --min-age --date-order --topo-order
  --reverse --all --branches --remotes --tags --no-walk --count --left-right --left-only --right-only --ancestry-path
  --boundary --merges --no-merges --decorate --no-decorate --date --encoding --no-mailmap --no-show-signature
  --no-notes --parents --objects --in-commit-order --missing --stdin --timestamp --no-commit-header --not --exclude --walk-reflogs`;
const SEARCH = `--author --committer --grep --extended-regexp --fixed-strings --regexp-ignore-case --graph --follow
  --full-diff -L -S -G`;

const READS: Record<string, CommandRule> = {
  version: rule({}, '--build-options'),
  status: rule(
    { paths: true, always: ['--ignore-submodules=dirty'] },
    `--porcelain -z --branch --untracked-files --find-renames --no-renames --ignored --ahead-behind --no-ahead-behind
     --no-show-stash`,
  ),
  log: rule({ ...revisions, always: LOG }, `${DIFF} ${WALK} ${SEARCH}`),
  show: rule({ ...revisions, always: INERT_DIFF }, `${DIFF} ${WALK} --sparse --full-history`),
  diff: rule({ ...revisions, always: INERT_DIFF }, DIFF),
  'diff-tree': rule({ ...revisions, always: INERT_DIFF }, `${DIFF} ${WALK}`),
  'diff-index': rule({ ...revisions, always: INERT_DIFF }, DIFF),
  'diff-files': rule({ paths: true, always: INERT_DIFF }, DIFF),
  'rev-list': rule(revisions, `${WALK} --cherry-pick --indexed-objects`),
  'rev-parse': rule(
    { names: 'end-of-options' },
    `--verify --quiet --symbolic-full-name --abbrev-ref --show-object-format --is-bare-repository --short
     --is-shallow-repository`,
  ),
  'merge-base': rule({ names: 'end-of-options' }, '--all --is-ancestor --octopus --independent'),
  'for-each-ref': rule(
    { names: 'end-of-options' },
    '--format --count --sort --points-at --contains --no-contains --merged --no-merged --stdin --ignore-case',
  ),
  describe: rule({ names: 'end-of-options' }, '--tags --abbrev'),
  'show-ref': rule({ names: 'end-of-options' }, '--verify --quiet --heads --tags --head --hash'),
  'symbolic-ref': rule({ names: 'plain' }, '--quiet --short'),
  'cat-file': rule(
    { names: 'plain' },
    '-e -t -s -p --batch --batch-check --batch-command --buffer --batch-all-objects',
  ),
  'ls-files': rule(
    { paths: true },
    '-z --cached --others --ignored --unmerged --stage --exclude-standard --deleted --modified --full-name --deduplicate --directory',
  ),
  'ls-tree': rule(
    { ...revisions, names: 'plain' },
    '-z -r -t --name-only --full-tree --full-name --long --object-only',
  ),
  // Into a copy of the index alone, which the runner sees to.
  'read-tree': rule({ names: 'plain' }, '-m --no-sparse-checkout'),
  'update-index ours': rule(
    {},
    '--add --remove --replace -z --stdin --index-info --skip-worktree --assume-unchanged',
  ),
  'write-tree ours': rule({}, ''),
  // With a prefix of ours: beside the work tree.
  'checkout-index ours': rule({}, '--force -z --stdin --prefix'),
  'stash list': rule({ always: INERT_DIFF }, '-z --format'),
  'count-objects': rule({}, '-v'),
  config: rule({}, '--list --null -z --local --includes --no-includes --file'),
  ...INTEGRATION_READS,
  ...REF_READS,
  ...INSPECT_READS,
  ...STORAGE_READS,
  ...HISTORY_READS,
  ...WORKTREE_READS,
};

const WRITES: Record<string, CommandRule> = {
  ...WORK_TREE_WRITES,
  // Only ever to find out whether a signature can be made.
  'commit-tree': rule({ names: 'plain', signs: true }, '-S'),
  init: rule({ names: 'end-of-options' }, '--quiet --template --initial-branch --bare --object-format'),
  'update-index': rule(
    { movesHead: true },
    `--add --remove --replace -z --stdin --index-info --skip-worktree --assume-unchanged -q --refresh
     --ignore-submodules`,
  ),
  reset: rule(
    { names: 'plain', movesHead: true, always: ['--no-recurse-submodules'] },
    '--quiet --soft --mixed --hard --keep --merge',
  ),
  commit: rule(
    { movesHead: true, readsIndexUnlocked: true, signs: true, always: ['--no-verify', '--no-status'] },
    '--quiet --file --cleanup --no-edit --amend --allow-empty --author',
  ),
  switch: rule(
    { names: 'plain', movesHead: true },
    '--quiet --no-guess --detach --track --create --no-overwrite-ignore --discard-changes',
  ),
  // Only ever with a key of ours: any other would be a way to run programs.
  'config setting': rule(
    { names: 'plain' },
    '--local --file --replace-all --add --unset-all --remove-section',
  ),
  'update-ref': rule({ names: 'plain' }, '--create-reflog --no-deref -m -d --stdin -z'),
  'symbolic-ref setting': rule({ names: 'plain' }, '--delete'),
  'stash store': rule({ names: 'plain' }, '--quiet --message'),
  // Its input is ours alone: a stream could write to any file.
  'fast-import': rule({}, '--quiet --done --force'),
  'remote add': rule({ names: 'end-of-options' }, ''),
  'remote remove': rule({ names: 'end-of-options' }, ''),
  'remote rename': rule({ names: 'end-of-options' }, '--no-progress'),
  'remote set-url': rule({ names: 'end-of-options' }, '--push'),
  ...INTEGRATION_WRITES,
  ...REF_WRITES,
  ...STORAGE_WRITES,
  ...WORKTREE_WRITES,
};

const NETWORK: Record<string, CommandRule> = {
  clone: rule(
    {
      names: 'end-of-options',
      always: ['--no-local', '--no-hardlinks', '--no-recurse-submodules', '--template='],
    },
    `--progress --branch --depth --bare --no-tags --upload-pack --mirror --single-branch --no-single-branch --filter
     --no-checkout --separate-git-dir`,
  ),
  fetch: rule(
    {
      names: 'end-of-options',
      always: ['--no-recurse-submodules', '--no-auto-maintenance', '--no-write-fetch-head'],
    },
    '--progress --prune --no-prune --tags --no-tags --force --upload-pack --depth --unshallow --atomic',
  ),
  push: rule(
    {
      names: 'end-of-options',
      always: ['--no-verify', '--no-signed', '--recurse-submodules=no', '--no-follow-tags'],
    },
    '--porcelain --progress --force --force-with-lease --receive-pack --dry-run',
  ),
  'ls-remote': rule({ names: 'end-of-options' }, '--heads --tags --refs --quiet --symref --upload-pack'),
};

const all = (rules: Record<string, CommandRule>, more: Partial<CommandRule>): [string, CommandRule][] =>
  Object.entries(rules).map(([name, given]) => [name, { ...given, ...more }]);

/** Every command of git that this server can run, with what may be given to it. */
export const COMMAND_TABLE: ReadonlyMap<string, CommandRule> = new Map([
  ...all(READS, {}),
  ...all(WRITES, { access: 'write' }),
  ...all(NETWORK, { access: 'write', network: true }),
]);
