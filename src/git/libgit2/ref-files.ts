import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { isAbsent, readRegularFile, readSmallFile, signFile } from './small-file.js';
import { Unsuited } from './unsuited.error.js';
import { type RepositoryPlace } from './worker.protocol.js';

export type RefPlace = Pick<RepositoryPlace, 'gitDir' | 'commonDir'>;

/** What may be read at most before `Unsuited` is thrown. */
export interface RefLimits {
  readonly maxLoose?: number;
  readonly maxPackedBytes?: number;
}

export interface ResolvedRef {
  readonly name: string;
  readonly sha: string | null;
}

export interface FoundRef extends ResolvedRef {
  readonly sha: string;
}

export type RefValue = { readonly sha: string } | { readonly target: string };

/** Reading more packed refs than this in the server itself would hold up all of it. */
export const FEW_PACKED_BYTES = 256 * 1024;
const MAX_PACKED_BYTES = 32 * 2 ** 20;
const MAX_PACKED_KEPT = 16;
const OF_ONE_WORK_TREE = /^refs\/(bisect|worktree|rewritten)\//;
const SIMPLE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_./+-]*$/;
const ODD_NAME = /\.\.|\/\/|\/\.|\.lock(?:\/|$)|[./]$/;
const AT_THE_TOP = /^(?:[A-Z_]+$|refs\/)/;
const PREFIXES = ['refs/', 'refs/tags/', 'refs/heads/', 'refs/remotes/'];
const packed = new Map<string, { signature: string; refs: ReadonlyMap<string, string> }>();

/** What a ref file holds, `null` where it does not exist. @throws Unsuited for what git would call broken */
export function readRef(place: RefPlace, name: string, maxPackedBytes?: number): RefValue | null {
  const shared = name.startsWith('refs/') && !OF_ONE_WORK_TREE.test(name);
  const path = join(shared ? place.commonDir : place.gitDir, name);
  // After a clone every branch is packed.
  const text = shared && isAbsent(path) ? null : readSmallFile(path);
  if (text !== null) return parseRef(text);
  const sha = packedRefs(place, maxPackedBytes).get(name);
  return sha === undefined ? null : { sha };
}

/** Follows symbolic refs. `name` is the ref at their end, with or without a value. */
export function resolveRef(place: RefPlace, from: string, maxPackedBytes?: number): ResolvedRef {
  let name = from;
  for (let depth = 0; depth < 5; depth += 1) {
    const value = readRef(place, name, maxPackedBytes);
    if (value === null) return { name, sha: null };
    if ('sha' in value) return { name, sha: value.sha };
    name = value.target;
  }
  throw new Unsuited('ref-depth');
}

/**
 * The ref that a short name means, by the rules of gitrevisions(7).
 *
 * @returns the ref at the end of symbolic ones, `null` where there is none
 * @throws Unsuited for a name that is not simply a name
 */
export function namedRef(place: RefPlace, name: string, maxPackedBytes?: number): FoundRef | null {
  if (!SIMPLE_NAME.test(name) || ODD_NAME.test(name)) throw new Unsuited('revision-syntax');
  // The first rule, a name below the git directory itself, is kept to names like HEAD.
  const prefixes = AT_THE_TOP.test(name) ? ['', ...PREFIXES] : PREFIXES;
  for (const prefix of prefixes) {
    const found = resolveRef(place, `${prefix}${name}`, maxPackedBytes);
    if (found.sha !== null) return { name: found.name, sha: found.sha };
  }
  return null;
}

/** The refs below a folder such as `refs/heads`, by name; those in files hide the packed ones. */
export function listRefs(
  place: RefPlace,
  folder: string,
  limits: RefLimits = {},
): ReadonlyMap<string, RefValue> {
  const refs = new Map<string, RefValue>();
  const prefix = `${folder}/`;
  for (const [name, sha] of packedRefs(place, limits.maxPackedBytes)) {
    if (name.startsWith(prefix)) refs.set(name, { sha });
  }
  const loose = new Map<string, RefValue>();
  addLoose({ root: place.commonDir, max: limits.maxLoose ?? Infinity, refs: loose }, folder);
  for (const [name, value] of loose) refs.set(name, value);
  return refs;
}

interface LooseRefs {
  readonly root: string;
  readonly max: number;
  readonly refs: Map<string, RefValue>;
}

function addLoose(loose: LooseRefs, folder: string): void {
  const { root, max, refs } = loose;
  for (const entry of entriesOf(join(root, folder))) {
    const name = `${folder}/${entry.name}`;
    if (entry.name.startsWith('.') || entry.name.endsWith('.lock')) continue;
    if (entry.name.includes('�')) throw new Unsuited('name-encoding');
    if (refs.size >= max) throw new Unsuited('many-refs');
    if (entry.isDirectory()) addLoose(loose, name);
    else {
      const text = entry.isFile() ? readSmallFile(join(root, name)) : 'a link';
      if (text !== null) refs.set(name, parseRef(text));
    }
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new Unsuited('odd-file');
  }
}

function parseRef(text: string): RefValue {
  const sha = /^[0-9a-f]{40}(?=\s|$)/.exec(text)?.[0];
  if (sha) return { sha };
  const target = /^ref:\s*(refs\/[^\s]+)\s*$/.exec(text)?.[1];
  // The name becomes a path below the git directory.
  if (!target || target.split('/').some((part) => part === '' || part.startsWith('.')))
    throw new Unsuited('odd-ref');
  return { target };
}

function packedRefs({ commonDir }: RefPlace, maxBytes = MAX_PACKED_BYTES): ReadonlyMap<string, string> {
  const path = join(commonDir, 'packed-refs');
  const signature = signFile(path);
  const known = packed.get(path);
  if (known?.signature === signature) return known.refs;
  packed.delete(path);
  const refs = parsePackedRefs(readRegularFile(path, maxBytes)?.toString('utf8') ?? '');
  const oldest = packed.keys().next();
  if (packed.size >= MAX_PACKED_KEPT && !oldest.done) packed.delete(oldest.value);
  if (signFile(path) === signature) packed.set(path, { signature, refs });
  return refs;
}

function parsePackedRefs(text: string): ReadonlyMap<string, string> {
  const refs = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#') || line.startsWith('^')) continue;
    const match = /^([0-9a-f]{40}) (refs\/.+)$/.exec(line);
    if (!match?.[1] || !match[2] || match[2].includes('�')) throw new Unsuited('odd-ref');
    refs.set(match[2], match[1]);
  }
  return refs;
}
