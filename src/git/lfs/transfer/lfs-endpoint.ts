/**
 * Where the LFS server of a remote is, as https://github.com/git-lfs/git-lfs/blob/main/docs/api/server-discovery.md has it.
 *
 * @param remote a URL of https or http
 */
export function lfsEndpoint(remote: string): string {
  const base = remote.replace(/\/+$/, '');
  return `${base.endsWith('.git') ? base : `${base}.git`}/info/lfs`;
}
