import { ServerError } from '../../shared/errors/index.js';
import { type LogAnswer, type LoggedCommit, type LogQuery } from '../git-reads.port.js';
import { type Repository } from '../repository.js';
import { workTreePath } from '../writes/work-tree-paths.js';
import { type CliReads } from './cli.reads.js';
import { parseDiffTarget } from './diff-target.js';
import { type IdAnswers } from './id-answers.service.js';
import { type RevisionResolver } from './revision.resolver.js';
import { type LogSelection } from './selections.js';

/** Of lists that come out of the memory again. */
const leading = new WeakMap<readonly LoggedCommit[], boolean>();

/** Finds where a history begins, and which part of it is asked for. */
export class LogReader {
  constructor(
    private readonly revisions: RevisionResolver,
    private readonly answers: IdAnswers,
    private readonly cli: CliReads,
  ) {}

  async log(repository: Repository, query: LogQuery, signal: AbortSignal): Promise<LogAnswer> {
    const { revision = 'HEAD', all = false, maxCount, skip = 0, ...filters } = query;
    const others = all ? await this.cli.refTips(repository, signal) : [];
    const named = await this.ends(repository, revision, signal).catch((error: unknown) => {
      // Before the first commit of a new branch the others have a history all the same.
      if (others.length > 0 && query.revision === undefined && isMissing(error)) return [];
      throw error;
    });
    const [sha = '', ...more] = [...new Set([...named, ...others])];
    const wanted = skip + maxCount;
    const chosen = literal(repository, filters);
    // Of what one commit reaches, the parents tell whether there are more than asked for. Else one more is asked for,
    // but not where that may take a search of all files.
    const isWhole = more.length === 0 && Object.keys(chosen).length === 0;
    const searches = [filters.pickaxe, filters.diffGrep, filters.range].some((part) => part !== undefined);
    const selection: LogSelection = {
      ...chosen,
      sha,
      ...(more.length > 0 && { more }),
      maxCount: isWhole || searches ? wanted : wanted + 1,
    };
    const found = await this.answers.log(repository, selection, signal);
    return {
      // The same object each time it comes out of the memory, where nothing is to be left out.
      commits: skip === 0 && found.length <= wanted ? found : found.slice(skip, wanted),
      tips: [sha, ...more],
      more: found.length >= selection.maxCount && (!isWhole || leadsOn(found)),
    };
  }

  /** One id; or of a range also those that are left out. */
  private async ends(
    repository: Repository,
    revision: string,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const range = isRange(revision) ? parseDiffTarget(revision) : undefined;
    if (range === undefined || range.kind === 'work-tree')
      return this.revisions.resolveAll(repository, [revision], signal);
    const [from = '', to = ''] = await this.revisions.resolveAll(repository, [range.from, range.to], signal);
    if (range.kind === 'two-dots') return [to, `^${from}`];
    const bases = await this.cli.mergeBases(repository, from, to, signal);
    return [to, from, ...bases.map((base) => `^${base}`)];
  }
}

/** To a commit that is not among them. */
function leadsOn(commits: readonly LoggedCommit[]): boolean {
  const known = leading.get(commits);
  if (known !== undefined) return known;
  const shown = new Set(commits.map(({ sha }) => sha));
  const found = commits.some(({ parents }) => parents.some((parent) => !shown.has(parent)));
  leading.set(commits, found);
  return found;
}

function isMissing(error: unknown): boolean {
  return error instanceof ServerError && error.code === 'revision_not_found';
}

/** With both of its ends. A search by text (`:/text`, `HEAD^{/text}`) may hold dots. */
function isRange(revision: string): boolean {
  return /^[^:{]+?\.{2,3}[^:{.][^:{]*$/.test(revision);
}

function literal(
  { path: top }: Repository,
  { paths, range, ...rest }: Omit<LogQuery, 'maxCount'>,
): Omit<LogQuery, 'maxCount'> {
  const named = [...new Set((paths ?? []).map((path) => workTreePath(top, path)))];
  return {
    ...rest,
    ...(named.length > 0 && !named.includes('.') && { paths: named }),
    ...(range && { range: { ...range, path: workTreePath(top, range.path) } }),
  };
}
