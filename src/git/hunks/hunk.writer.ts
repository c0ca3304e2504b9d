import { Injectable } from '@nestjs/common';

import { isUnexplained } from '../cli/git-failure.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { byteName, namedPaths, nameText } from '../work-tree/path-lists.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { type ChangeItem, HunkReader, type HunkSide } from './hunk.reader.js';
import { type Direction, isTornAtItsEnd, type LineRange, partOfFile, partOfHunk } from './hunk-selection.js';
import { type FilePatch, type Hunk } from './patch.parser.js';

export type HunkAction = 'stage' | 'unstage' | 'discard';

/** Either ids, or a range of lines of one file as it is on the new side of the diff. */
export interface HunkSelection {
  readonly ids: readonly string[];
  readonly range?: LineRange & { readonly path: string };
}

export interface ChosenChange {
  readonly id: string;
  readonly path: string;
}

interface Chosen {
  readonly item: ChangeItem;
  readonly hunk?: Hunk;
}

const WAYS: Readonly<
  Record<HunkAction, { side: HunkSide; direction: Direction; options: readonly string[] }>
> = {
  stage: { side: 'unstaged', direction: 'forward', options: ['--cached'] },
  unstage: { side: 'staged', direction: 'reverse', options: ['--cached', '--reverse'] },
  discard: { side: 'unstaged', direction: 'reverse', options: ['--reverse'] },
};

/** Stages, unstages and discards changes piece by piece. */
@Injectable()
export class HunkWriter {
  constructor(
    private readonly reader: HunkReader,
    private readonly commands: WriteCommands,
  ) {}

  /**
   * What `change` would do, checked by git.
   *
   * @throws ServerError `path_not_allowed`; `operation_failed` with `details.reason`: `nothing-given`,
   *   `no-such-hunk` (and `hunks`), `no-change-in-range`, `torn-line-end`, `does-not-apply`, `bare`
   */
  async plan(
    repository: Repository,
    action: HunkAction,
    selection: HunkSelection,
    signal: AbortSignal,
  ): Promise<readonly ChosenChange[]> {
    const chosen = await this.choose(repository, action, selection, signal);
    await this.apply(repository, action, chosen, ['--check'], signal);
    return chosen.map(changeOf);
  }

  /** @throws ServerError as `plan` */
  async change(
    repository: Repository,
    action: HunkAction,
    selection: HunkSelection,
    signal: AbortSignal,
  ): Promise<readonly ChosenChange[]> {
    const chosen = await this.choose(repository, action, selection, signal);
    await this.apply(repository, action, chosen, [], signal);
    return chosen.map(changeOf);
  }

  private async choose(
    repository: Repository,
    action: HunkAction,
    { ids, range }: HunkSelection,
    signal: AbortSignal,
  ): Promise<readonly Chosen[]> {
    if (ids.length === 0 && range === undefined)
      throw refused('nothing-given', 'Neither hunks nor lines were given; name ids of git_hunks, or a range');
    const { side, direction } = WAYS[action];
    const paths = range === undefined ? [] : [range.path];
    const items = await this.reader.list(repository, side, paths, signal);
    if (range === undefined) return byIds(items, ids);
    const [path = ''] = namedPaths(repository, [range.path]);
    return byRange(items, byteName(path), range, direction);
  }

  private async apply(
    repository: Repository,
    action: HunkAction,
    chosen: readonly Chosen[],
    more: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const stdin = Buffer.from(patchOf(chosen), 'latin1');
    const command = { name: 'apply', options: [...WAYS[action].options, ...more], stdin };
    const result = await this.commands.run(repository, command, signal);
    if (result.exitCode === 0) return;
    const failure = this.commands.failure(repository, 'apply', result);
    if (!isUnexplained(failure)) throw failure;
    const message = 'git cannot apply these changes alone; take the ones beside them as well, or whole hunks';
    throw refused('does-not-apply', message, [
      ...new Set(chosen.map(({ item }) => nameText(item.file.path))),
    ]);
  }
}

function byIds(items: readonly ChangeItem[], ids: readonly string[]): readonly Chosen[] {
  const wanted = new Set(ids);
  const unknown = [...wanted].filter((id) => !items.some((item) => item.id === id));
  if (unknown.length === 0)
    return items.filter(({ id }) => wanted.has(id)).map((item) => ({ ...item, item }));
  const message = 'Hunks are not there, or not any more; list them anew with git_hunks';
  throw refused('no-such-hunk', message, { hunks: unknown.slice(0, 200) });
}

function byRange(
  items: readonly ChangeItem[],
  path: string,
  range: LineRange,
  direction: Direction,
): readonly Chosen[] {
  const chosen = items.flatMap((item): readonly Chosen[] => {
    if (item.hunk === undefined || item.file.path !== path) return [];
    const hunk = partOfHunk(item.hunk, range, direction);
    return hunk === undefined ? [] : [{ item, hunk }];
  });
  if (chosen.length === 0)
    throw refused('no-change-in-range', 'Nothing changes in these lines; see git_hunks', [nameText(path)]);
  if (!chosen.some(({ hunk }) => hunk && isTornAtItsEnd(hunk))) return chosen;
  const message =
    'The file ends without a line end, so its last line goes only with what follows; widen the range';
  throw refused('torn-line-end', message, [nameText(path)]);
}

function patchOf(chosen: readonly Chosen[]): string {
  const files = new Map<FilePatch, Chosen[]>();
  for (const one of chosen) {
    const parts = files.get(one.item.file);
    if (parts) parts.push(one);
    else files.set(one.item.file, [one]);
  }
  return [...files]
    .map(([file, parts]) => {
      const hunks = parts.flatMap(({ hunk }) => (hunk ? [hunk] : []));
      return partOfFile(file, hunks, hunks.length < parts.length);
    })
    .join('');
}

function changeOf({ item: { id, file } }: Chosen): ChosenChange {
  return { id, path: nameText(file.path) };
}
