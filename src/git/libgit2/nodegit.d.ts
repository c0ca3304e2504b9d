/** The part of nodegit that the worker uses; the package brings no types. */
declare module 'nodegit' {
  export interface Oid {
    tostrS(): string;
  }
  export interface OdbObject {
    type(): number;
    size(): number;
    data(): { toBuffer(size: number): Buffer };
  }
  export interface Odb {
    read(oid: Oid): Promise<OdbObject>;
  }
  export interface Tree {
    id(): Oid;
  }
  export interface DiffFile {
    path(): string;
    id(): Oid;
    mode(): number;
    size(): number;
  }
  export interface DiffDelta {
    status(): number;
    oldFile(): DiffFile;
    newFile(): DiffFile;
  }
  export interface Diff {
    numDeltas(): number;
    getDelta(index: number): DiffDelta;
    toBuf(format: number): Promise<string>;
  }
  export interface DiffOptions {
    readonly flags?: number;
    readonly contextLines?: number;
    readonly idAbbrev?: number;
    readonly maxSize?: number;
    readonly pathspec?: readonly string[];
  }
  export interface Repository {
    odb(): Promise<Odb>;
    workdir(): string;
    cleanup(): void;
  }
  export interface Commit {
    id(): Oid;
    treeId(): Oid;
    /** Up to the empty line, decoded as UTF-8. */
    rawHeader(): string;
    messageRaw(): string;
  }
  export interface Revwalk {
    push(oid: Oid): void;
    hide(oid: Oid): void;
    /** Fewer than `count` at the end of the history. Reads the commits in one call, which `next` does not. */
    commitWalk(count: number): Promise<Commit[]>;
  }
  export interface StatusEntry {
    status(): number;
    headToIndex(): DiffDelta | null;
    indexToWorkdir(): DiffDelta | null;
  }
  export interface StatusList {
    entrycount(): number;
  }

  interface NodeGit {
    readonly Oid: { fromString(hex: string): Oid };
    readonly Libgit2: {
      readonly OPT: Readonly<Record<string, number>>;
      opts(option: number, value: number): Promise<unknown>;
    };
    readonly Repository: { openExt(path: string, flags: number, ceiling: string): Promise<Repository> };
    readonly Commit: { lookup(repository: Repository, oid: Oid): Promise<Commit> };
    readonly Tree: { lookup(repository: Repository, oid: Oid): Promise<Tree> };
    readonly Diff: {
      treeToTree(
        repository: Repository,
        from: Tree | null,
        to: Tree | null,
        options: DiffOptions,
      ): Promise<Diff>;
      treeToIndex(repository: Repository, from: Tree, index: null, options: DiffOptions): Promise<Diff>;
      indexToWorkdir(repository: Repository, index: null, options: DiffOptions): Promise<Diff>;
      fromBuffer(patch: string, size: number): Promise<Diff>;
    };
    readonly Revwalk: { create(repository: Repository): Revwalk };
    readonly Graph: {
      aheadBehind(
        repository: Repository,
        local: Oid,
        upstream: Oid,
      ): Promise<{ ahead: number; behind: number }>;
    };
    readonly StatusList: {
      create(repository: Repository, options: { show: number; flags: number }): Promise<StatusList>;
    };
    readonly Status: { byIndex(list: StatusList, index: number): StatusEntry };
  }
  const nodegit: NodeGit;
  export default nodegit;
}
