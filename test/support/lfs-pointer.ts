import { createHash } from 'node:crypto';

export const lfsId = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

/** The text that a repository has in place of the content. */
export const lfsPointer = (content: string | Buffer): string =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${lfsId(content)}\nsize ${Buffer.byteLength(content)}\n`;

/** As `git-lfs clean` does it, for the shell. */
export const LFS_CLEAN = [
  'f=$(mktemp) && cat >"$f"',
  'h=$(sha256sum <"$f" | cut -c1-64) && n=$(wc -c <"$f") && rm "$f"',
  `printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' "$h" "$n"`,
].join(' && ');
