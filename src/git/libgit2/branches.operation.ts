import { lastValue } from './config-file.js';
import { listRefs, readRef, type RefValue, resolveRef } from './ref-files.js';
import { type RepositoryHandle } from './repository-handle.js';
import { Unsuited } from './unsuited.error.js';
import { type RefEntry, type WorkerOperations } from './worker.protocol.js';

const HEADS = 'refs/heads';
const REMOTES = 'refs/remotes';

/** The branches and where they point, in the order of their names' bytes, as git lists them. */
export async function branches(
  handle: RepositoryHandle,
  args: WorkerOperations['branches']['args'],
): Promise<WorkerOperations['branches']['answer']> {
  const head = readRef(handle.place, 'HEAD');
  const current = head !== null && 'target' in head ? head.target : null;
  const local = args.local ? listRefs(handle.place, HEADS) : new Map<string, RefValue>();
  const remote = args.remote ? listRefs(handle.place, REMOTES) : new Map<string, RefValue>();
  const refs = [...entries(handle, local), ...entries(handle, remote)];
  return { current, refs };
}

function entries(handle: RepositoryHandle, refs: ReadonlyMap<string, RefValue>): RefEntry[] {
  const entries: RefEntry[] = [];
  for (const [ref, value] of refs) {
    // `origin/HEAD` is another name of a branch that is listed anyway.
    if ('target' in value && ref.startsWith(`${REMOTES}/`)) continue;
    const sha = 'sha' in value ? value.sha : resolveRef(handle.place, ref).sha;
    if (sha === null) throw new Unsuited('odd-ref');
    const upstream = ref.startsWith(`${HEADS}/`)
      ? upstreamOf(handle, ref.slice(HEADS.length + 1))
      : undefined;
    entries.push({ ref, sha, ...(upstream !== undefined && { upstream }) });
  }
  return entries.toSorted((a, b) => Buffer.compare(Buffer.from(a.ref), Buffer.from(b.ref)));
}

/** The short name of the ref that stands here for the branch that this one follows elsewhere. */
function upstreamOf({ config, place }: RepositoryHandle, branch: string): string | undefined {
  const remotes = config.get(`branch.${branch}.remote`) ?? [];
  const merges = config.get(`branch.${branch}.merge`) ?? [];
  if (remotes.length === 0 && merges.length === 0) return undefined;
  const remote = remotes.at(-1) ?? '';
  const merge = merges[0] ?? '';
  if (merges.length !== 1 || !merge.startsWith(`${HEADS}/`)) throw new Unsuited('upstream');
  const name = merge.slice(HEADS.length + 1);
  if (remote === '.') return unambiguous(place, `${HEADS}/`, name);
  const usual = `+${HEADS}/*:${REMOTES}/${remote}/*`;
  const fetches = config.get(`remote.${remote}.fetch`) ?? [];
  if (fetches.length !== 1 || lastValue(config, `remote.${remote}.fetch`) !== usual)
    throw new Unsuited('upstream');
  return unambiguous(place, `${REMOTES}/`, `${remote}/${name}`);
}

/** Git lengthens a short name that could mean another ref as well. */
function unambiguous(place: RepositoryHandle['place'], prefix: string, name: string): string {
  for (const other of ['', 'refs/', 'refs/tags/', 'refs/heads/', 'refs/remotes/']) {
    if (other !== prefix && readRef(place, `${other}${name}`) !== null) throw new Unsuited('upstream');
  }
  return name;
}
