/** What HFS+ leaves out when it compares names. */
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu;

/**
 * Whether some file system would take the name for `.git`: in any letter case, with the trailing dots and spaces, the
 * short name or the stream that Windows ignores, with the characters that macOS ignores.
 */
export function isGitFolderName(name: string): boolean {
  const plain = name
    .replaceAll(IGNORED_BY_HFS, '')
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '');
  return plain === '.git' || plain === 'git~1';
}
