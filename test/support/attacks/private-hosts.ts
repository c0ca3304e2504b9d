/** Ways to write addresses that are nobody else's business. */
export const PRIVATE_HOSTS =
  `127.0.0.1 localhost a.localhost [::1] [::ffff:127.0.0.1] 0.0.0.0 0 2130706433 0x7f000001 0177.0.0.1
  127.1 169.254.169.254 10.0.0.1 192.168.0.1 172.16.0.1 100.64.0.1 [fe80::1] [fd00::1] [::]`.split(/\s+/);

/** The addresses of a repository there, one for each protocol, and one as ssh has it. */
export function urlsAt(host: string, port: number): readonly string[] {
  const urls = ['http', 'https', 'ssh', 'git'].map((scheme) => `${scheme}://${host}:${port}/x`);
  return [...urls, `git@${host}:x`];
}
