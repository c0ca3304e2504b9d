import { IsString } from 'class-validator';

import { type HeadState } from '../../git/git-writes.port.js';
import { Describe, Nullable } from '../../validation/dto/dto.decorators.js';

/** Where HEAD points. */
export class HeadOutput {
  @Describe('The branch that is checked out; null when HEAD is detached')
  @Nullable()
  @IsString()
  branch: string | null;

  @Describe('Object id of the commit that is checked out; null before the first commit')
  @Nullable()
  @IsString()
  head: string | null;
}

export function headOutput({ branch, head }: HeadState): HeadOutput {
  return { branch, head };
}

/** `main at 1a2b3c4`, as git's own short messages have it. */
export function headText({ branch, head }: HeadState): string {
  const at = head === null ? 'no commit yet' : `at ${shortSha(head)}`;
  return branch === null ? `HEAD detached ${at}` : `${branch} ${at}`;
}

export function shortSha(sha: string): string {
  return sha.slice(0, 7);
}
