import { type ConfigValues, lastValue } from './config-file.js';
import { listRefs, readRef, type RefLimits, type RefPlace, type RefValue, resolveRef } from './ref-files.js';
import { Unsuited } from './unsuited.error.js';
import { type BranchList, type RefEntry } from './worker.protocol.js';

const HEADS = 'refs/heads';
const REMOTES = 'refs/remotes';
const SURROGATE = /[\ud800-\udfff]/;

/** The branches and where they point, in the order of their names' bytes, as git lists them. */
export function listBranches(
  place: RefPlace,
  config: ConfigValues,
  kinds: { local: boolean; remote: boolean },
  limits: RefLimits = {},
): BranchList {
  const head = readRef(place, 'HEAD', limits.maxPackedBytes);
  const current = head !== null && 'target' in head ? head.target : null;
  const folders = [...(kinds.local ? [HEADS] : []), ...(kinds.remote ? [REMOTES] : [])];
  const refs = folders.flatMap((folder) => entries(place, config, listRefs(place, folder, limits)));
  return { current, refs };
}

function entries(place: RefPlace, config: ConfigValues, refs: ReadonlyMap<string, RefValue>): RefEntry[] {
  const entries: RefEntry[] = [];
  const follows = [...config.keys()].some((key) => key.startsWith('branch.'));
  for (const [ref, value] of refs) {
    // `origin/HEAD` is another name of a branch that is listed anyway.
    if ('target' in value && ref.startsWith(`${REMOTES}/`)) continue;
    const sha = 'sha' in value ? value.sha : resolveRef(place, ref).sha;
    if (sha === null) throw new Unsuited('odd-ref');
    const upstream =
      follows && ref.startsWith(`${HEADS}/`)
        ? upstreamOf(place, config, ref.slice(HEADS.length + 1))
        : undefined;
    entries.push({ ref, sha, ...(upstream !== undefined && { upstream }) });
  }
  return isSorted(entries) ? entries : entries.toSorted((a, b) => compareBytes(a.ref, b.ref));
}

/** Packed refs are, unless somebody else wrote them. */
function isSorted(entries: readonly RefEntry[]): boolean {
  return entries.every(({ ref }, at) => at === 0 || compareBytes(entries[at - 1]?.ref ?? '', ref) <= 0);
}

/** The short name of the ref that stands here for the branch that this one follows elsewhere. */
function upstreamOf(place: RefPlace, config: ConfigValues, branch: string): string | undefined {
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
function unambiguous(place: RefPlace, prefix: string, name: string): string {
  for (const other of ['', 'refs/', 'refs/tags/', 'refs/heads/', 'refs/remotes/']) {
    if (other !== prefix && readRef(place, `${other}${name}`) !== null) throw new Unsuited('upstream');
  }
  return name;
}

/** The order of UTF-8's bytes, which is that of UTF-16 except beyond its surrogates. */
function compareBytes(a: string, b: string): number {
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}
