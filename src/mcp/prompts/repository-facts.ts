import {
  type BranchInfo,
  type CommitInfo,
  type DiffAnswer,
  type RepositoryStatus,
  type ShowAnswer,
} from '../../git/git-reads.port.js';
import { type CommitsOfRange } from '../../git/reads/history.reader.js';
import { type TagDetails } from '../../git/reads/tag.reader.js';
import { type Repository } from '../../git/repository.js';
import { ServerError } from '../../shared/errors/index.js';
import { type PromptReads } from './prompt.reads.js';

const CONTEXT_LINES = 3;
const MAX_FILE_BYTES = 256 * 1024;
/** No such commit, no such path, too much of it: there is no text to show. Anything else is a failure. */
const NOT_READABLE = new Set(['revision_not_found', 'path_not_allowed', 'too-large']);

/** What prompts ask of one repository, under one signal. Throws what the reads throw. */
export class RepositoryFacts {
  constructor(
    private readonly repository: Repository,
    private readonly reads: PromptReads,
    private readonly signal: AbortSignal,
  ) {}

  status(): Promise<RepositoryStatus> {
    return this.reads.questions.status(this.repository, this.signal);
  }

  branches(): Promise<readonly BranchInfo[]> {
    return this.reads.questions.branches(this.repository, { type: 'all' }, this.signal);
  }

  /** The newest first. */
  tags(): Promise<readonly TagDetails[]> {
    return this.reads.tags.tags(this.repository, this.signal);
  }

  /**
   * @param path of the caller, or one that projects use by convention
   * @returns the file as HEAD has it; `undefined` where HEAD has no such text file of a readable size
   */
  async file(path: string): Promise<string | undefined> {
    const limits = { maxBytes: MAX_FILE_BYTES };
    try {
      const file = await this.reads.files.file(this.repository, 'HEAD', path, limits, this.signal);
      return file?.content.includes(0) ? undefined : file?.content.toString('utf8');
    } catch (thrown) {
      if (thrown instanceof ServerError && NOT_READABLE.has(reasonOf(thrown))) return undefined;
      throw thrown;
    }
  }

  /** @returns nothing where HEAD names no commit yet */
  async recent(maxCount: number): Promise<readonly CommitInfo[]> {
    const log = this.reads.questions.log(this.repository, { maxCount }, this.signal);
    return (await this.unlessAbsent(log))?.commits ?? [];
  }

  /** @returns `undefined` where the revision names no commit */
  commitAt(revision: string): Promise<ShowAnswer | undefined> {
    return this.unlessAbsent(this.reads.questions.show(this.repository, revision, this.signal));
  }

  changes(kind: 'staged' | 'unstaged'): Promise<DiffAnswer> {
    return this.reads.questions.diff(this.repository, { kind, contextLines: CONTEXT_LINES }, this.signal);
  }

  /** As a pull request shows it. */
  changesOf(base: string, compare: string): Promise<DiffAnswer> {
    const query = { kind: 'branches', base, compare, contextLines: CONTEXT_LINES } as const;
    return this.reads.questions.diff(this.repository, query, this.signal);
  }

  commits(from: string | undefined, to: string, maxCount: number): Promise<CommitsOfRange> {
    const range = { ...(from !== undefined && { from }), to, maxCount };
    return this.reads.history.commits(this.repository, range, this.signal);
  }

  /** The nearest tag that the revision reaches; none where there is none, or the revision is no commit. */
  nearestTag(revision: string): Promise<string | undefined> {
    return this.unlessAbsent(this.reads.history.nearestTag(this.repository, revision, this.signal));
  }

  private async unlessAbsent<T>(read: Promise<T>): Promise<T | undefined> {
    try {
      return await read;
    } catch (thrown) {
      if (thrown instanceof ServerError && thrown.code === 'revision_not_found') return undefined;
      throw thrown;
    }
  }
}

function reasonOf({ code, details }: ServerError): string {
  const { reason } = (details ?? {}) as { readonly reason?: unknown };
  return typeof reason === 'string' ? reason : code;
}
