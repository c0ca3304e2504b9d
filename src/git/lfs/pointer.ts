/** No pointer is larger: git-lfs looks at nothing beyond that. */
export const MAX_POINTER_BYTES = 1_024;
/** Bytes; the least is below that of the shortest version with a size of one digit. */
export const POINTER_SIZES = { least: 100, most: MAX_POINTER_BYTES };

/** What a repository holds in place of a file that Git LFS stores. */
export interface LfsPointer {
  /** SHA-256 of the content, 64 hex digits. */
  readonly oid: string;
  /** Bytes of the content as it is stored. */
  readonly size: number;
  /** An extension changes the content on its way to the work tree: the file there has another size. */
  readonly extended: boolean;
}

/** The last two are of before the specification was finished; git-lfs reads them as well. */
const VERSIONS = new Set([
  'version https://git-lfs.github.com/spec/v1',
  'version https://hawser.github.com/spec/v1',
  'version http://git-media.io/v/2',
]);
const EXTENSION = /^ext-\d-[\w.-]+ sha256:[0-9a-f]{64}$/;
const OID = /^oid sha256:([0-9a-f]{64})$/;
const SIZE = /^size (\d{1,15})$/;

/**
 * Reads a pointer as https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md has it: `version`, then extensions if
 * any, `oid` and `size`, a line each.
 *
 * @param text the whole file
 * @returns `undefined` for what is no pointer
 */
export function parsePointer(text: string): LfsPointer | undefined {
  if (text.length > MAX_POINTER_BYTES) return undefined;
  const [version = '', ...lines] = text.trimEnd().split('\n');
  if (!VERSIONS.has(version)) return undefined;
  const [, oid] = OID.exec(lines.at(-2) ?? '') ?? [];
  const [, size] = SIZE.exec(lines.at(-1) ?? '') ?? [];
  const extensions = lines.slice(0, -2);
  if (oid === undefined || size === undefined) return undefined;
  if (!extensions.every((line) => EXTENSION.test(line))) return undefined;
  return { oid, size: Number(size), extended: extensions.length > 0 };
}
