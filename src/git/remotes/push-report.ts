import { type RefUpdate } from '../git-writes.port.js';

const OUTCOMES: Readonly<Record<string, string>> = {
  ' ': 'fast-forward',
  '+': 'forced',
  '*': 'new',
  '-': 'deleted',
  '=': 'up-to-date',
  '!': 'rejected',
};
/** `<flag>\t<from>:<to>\t<summary>[ (<reason>)]`, as git-push(1) describes `--porcelain`. */
const LINE = /^([ +*\-=!])\t([^\t]*):([^\t:]+)\t(.*)$/;

export interface PushedRef extends Pick<RefUpdate, 'ref' | 'outcome' | 'reason'> {
  /** What the remote had before, abbreviated; `null` where it had nothing or does not say. */
  readonly before: string | null;
}

/** @param stdout what `git push --porcelain` prints */
export function parsePushReport(stdout: string): readonly PushedRef[] {
  return stdout.split('\n').flatMap((line) => {
    const [, flag = '', , ref = '', summary = ''] = LINE.exec(line) ?? [];
    const outcome = OUTCOMES[flag];
    if (outcome === undefined) return [];
    const reason = outcome === 'rejected' ? /\((.*)\)$/.exec(summary)?.[1] : undefined;
    const before = /^([0-9a-f]+)\.\.\.?[0-9a-f]+/.exec(summary)?.[1] ?? null;
    return [{ ref, outcome, before, ...(reason !== undefined && { reason }) }];
  });
}
