/** What `git ls-remote --symref` prints of HEAD and the branches. */
export interface RemoteListing {
  /** The branch that HEAD is on; `null` where it is on none. */
  readonly head: string | null;
  /** Ids by name, without `refs/heads/`. */
  readonly branches: ReadonlyMap<string, string>;
}

const HEADS = 'refs/heads/';

/** The command, but for the URL. */
export const LISTING = {
  options: ['--quiet', '--symref'],
  patterns: ['HEAD', `${HEADS}*`],
} as const;

export function parseListing(stdout: string): RemoteListing {
  const lines = stdout.split('\n').map((line) => line.split('\t'));
  const symref = lines.find(([target = '', name]) => name === 'HEAD' && target.startsWith('ref: '))?.[0];
  const branches = lines.filter(([, name = '']) => name.startsWith(HEADS));
  return {
    head: symref?.slice(`ref: ${HEADS}`.length) ?? null,
    branches: new Map(branches.map(([id = '', name = '']) => [name.slice(HEADS.length), id])),
  };
}
