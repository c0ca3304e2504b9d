import { type GitCommand } from '../git-cli.port.js';
import { type Delta } from './delta.js';
import { type Change } from './snapshot.js';

const SYMBOLIC = 'ref: ';
const STASH = 'refs/stash';

/** The commands that make refs what `to` says, if they still are at `from`. */
export function refCommands(changes: readonly Change[]): readonly GitCommand[] {
  const plain = changes.filter((change) => !isSymbolic(change) && change.name !== STASH);
  const gone = plain.filter(({ to }) => to === null).map(remove);
  const set = plain
    .filter(({ to }) => to !== null)
    .map((change) => (change.from === null ? create(change) : update(change)));
  return [
    ...changes.filter(isSymbolic).flatMap(symbolicCommand),
    // A branch `a` must be gone before `a/b` can be made.
    ...[gone, set].flatMap((lines) => (lines.length === 0 ? [] : [transaction(lines)])),
  ];
}

/** The list of stashes is a reflog: it is made anew from its oldest entry on. */
export function stashCommands({ stashes }: Delta): readonly GitCommand[] {
  if (stashes === null) return [];
  const drop = stashes.from.length > 0 ? [transaction([remove({ name: STASH, from: null, to: null })])] : [];
  const stores = stashes.to.toReversed().map((stash) => {
    const [id = '', ...message] = stash.split(' ');
    const text = Buffer.from(message.join(' '), 'latin1').toString();
    return { name: 'stash store', options: ['--quiet', `--message=${text}`], revisions: [id] };
  });
  return [...drop, ...stores];
}

function isSymbolic({ from, to }: Change): boolean {
  return [from, to].some((value) => value?.startsWith(SYMBOLIC) === true);
}

function symbolicCommand({ name, to }: Change): readonly GitCommand[] {
  if (to === null) return [{ name: 'symbolic-ref setting', options: ['--delete'], revisions: [text(name)] }];
  if (to.startsWith(SYMBOLIC)) {
    return [{ name: 'symbolic-ref setting', revisions: [text(name), text(to.slice(SYMBOLIC.length))] }];
  }
  return [transaction([update({ name, to, from: null })])];
}

// In the form of `update-ref -z` an empty value is one that is not given.
const remove = ({ name, from }: Change) => `delete ${name}\0${from ?? ''}\0`;
const create = ({ name, to }: Change) => `create ${name}\0${to ?? ''}\0`;
const update = ({ name, to, from }: Change) => `update ${name}\0${to ?? ''}\0${from ?? ''}\0`;

function transaction(lines: readonly string[]): GitCommand {
  const stdin = Buffer.from(lines.map((line) => `option no-deref\0${line}`).join(''), 'latin1');
  return { name: 'update-ref', options: ['--stdin', '-z'], stdin };
}

function text(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}
