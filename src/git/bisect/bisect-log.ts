import { randomBytes } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';

export const VERDICTS = ['good', 'bad', 'skip'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface BisectStep {
  readonly verdict: Verdict;
  readonly sha: string;
  readonly subject: string;
}

/** What git limits the commits to be tried with. */
export interface BisectLimits {
  readonly firstParent: boolean;
  /** Literal, relative to the top; none means all. */
  readonly paths: readonly string[];
}

export interface BisectLog extends BisectLimits {
  /** In the order in which they were given. */
  readonly steps: readonly BisectStep[];
  /** Id of the first bad commit, once it is known. */
  readonly firstBad: string | null;
  /** Where only skipped commits are left: all that the first bad one can be. */
  readonly candidates: readonly string[];
  /** What the good commits and the bad one have in common is good; git looks at that until it is so, and never again. */
  readonly areRelated: boolean;
}

const STEP = /^# (good|bad|skip): \[([0-9a-f]{40,64})\] ?(.*)$/;
const FIRST_BAD = /^# first bad commit: \[([0-9a-f]{40,64})\]/;
const POSSIBLE = /^# possible first bad commit: \[([0-9a-f]{40,64})\]/;
const LOG = 'BISECT_LOG';
const NAMES = 'BISECT_NAMES';
const FIRST_PARENT = 'BISECT_FIRST_PARENT';
const RELATED = 'BISECT_ANCESTORS_OK';

/**
 * What is written down of a bisection, in the files and the form of `git bisect`. They lie in the git folder of the work
 * tree, so they outlive sessions and the server.
 *
 * @returns `undefined` where none is going on
 */
export function readBisectLog({ gitDir }: Repository): BisectLog | undefined {
  const text = readSmallFile(join(gitDir, LOG));
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  const steps = lines.flatMap((line): BisectStep[] => {
    const [, verdict, sha, subject = ''] = STEP.exec(line) ?? [];
    return verdict === undefined || sha === undefined ? [] : [{ verdict: verdict as Verdict, sha, subject }];
  });
  return {
    steps,
    firstBad: lines.map((line) => FIRST_BAD.exec(line)?.[1]).findLast(Boolean) ?? null,
    candidates: [...new Set(lines.flatMap((line) => POSSIBLE.exec(line)?.[1] ?? []))],
    areRelated: readSmallFile(join(gitDir, RELATED)) !== undefined,
    firstParent: readSmallFile(join(gitDir, FIRST_PARENT)) !== undefined,
    paths: unquoted(readSmallFile(join(gitDir, NAMES)) ?? ''),
  };
}

/** @param head what was checked out before */
export async function writeBisectLog(
  { gitDir }: Repository,
  { head, ...log }: BisectLog & { readonly head?: string },
): Promise<void> {
  const files: readonly (readonly [string, string])[] = [
    ...(head === undefined
      ? []
      : [
          ['BISECT_START', `${head}\n`] as const,
          ['BISECT_TERMS', 'bad\ngood\n'] as const,
          [NAMES, `${log.paths.map((path) => ` ${quoted(path)}`).join('')}\n`] as const,
          ...(log.firstParent ? [[FIRST_PARENT, ''] as const] : []),
        ]),
    ...(log.areRelated ? [[RELATED, ''] as const] : []),
    [LOG, logText(log)],
  ];
  for (const [name, text] of files) await replace(join(gitDir, name), text);
}

function logText({ steps, firstBad, candidates }: BisectLog): string {
  const of = (sha: string) => steps.find((step) => step.sha === sha)?.subject ?? '';
  const lines = [
    ...steps.flatMap(({ verdict, sha, subject }) => [
      `# ${verdict}: [${sha}] ${subject}`,
      `git bisect ${verdict} ${sha}`,
    ]),
    ...(firstBad === null ? [] : [`# first bad commit: [${firstBad}] ${of(firstBad)}`]),
    ...(candidates.length === 0 ? [] : ["# only 'skip'ped commits left to test"]),
    ...candidates.map((sha) => `# possible first bad commit: [${sha}] ${of(sha)}`),
  ];
  return `git bisect start\n${lines.join('\n')}\n`;
}

/** Never through a link that stands in the place. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(temporary, text, { flag: 'wx' });
  await rename(temporary, path);
}

/** As a shell takes it, which is how git writes it. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['!]/g, String.raw`'\$&'`)}'`;
}

function unquoted(text: string): readonly string[] {
  const words = text.match(/'(?:[^']|'\\['!]')*'/g) ?? [];
  return words.map((word) => word.slice(1, -1).replaceAll(/'\\(['!])'/g, '$1'));
}
