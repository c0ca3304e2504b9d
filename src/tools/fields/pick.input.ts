import { type Favor, type PickRequest } from '../../git/git-writes.port.js';
import { ChangeInput } from './change.input.js';
import { FlagField, Optional } from './field.decorators.js';
import { MainlineField } from './integration.fields.js';

/** What git_cherry_pick and git_revert are told alike. */
export class PickInput extends ChangeInput {
  @FlagField('Only stage the changes, without a commit')
  @Optional()
  no_commit: boolean = false;

  @MainlineField()
  @Optional()
  mainline?: number;
}

interface ToPick extends PickInput {
  readonly commit_hash: string;
  readonly record_origin?: boolean;
  readonly favor?: Favor;
}

export function pickRequestOf(input: ToPick): PickRequest {
  const { commit_hash, no_commit, mainline, record_origin, favor } = input;
  return {
    commits: commit_hash,
    noCommit: no_commit,
    ...(mainline !== undefined && { mainline }),
    ...(record_origin === true && { recordOrigin: true }),
    ...(favor !== undefined && { favor }),
  };
}
