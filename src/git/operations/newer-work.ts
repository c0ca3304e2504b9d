import { ServerError } from '../../shared/errors/index.js';
import { named, refused } from '../refusal.js';

/** @param refs (and keys of the configuration) and paths that something else changed; as bytes, one character each */
export function newerWork(refs: readonly string[], paths: readonly string[]): ServerError {
  const message =
    'Since the operation something else changed what it changed, which would be lost; details name it. Take back the newer operations first, or put that work away';
  return refused('newer_work', message, { ...places(refs, paths) });
}

/** @param id of the restoration that was cut off */
export function unfinished(id: string, refs: readonly string[], paths: readonly string[]): ServerError {
  const message =
    'The server ended during an undo or redo, and what that was about to change has been changed since, so it was left half done and nothing is lost. git_undo with its operation_id takes it back by the plan of a dry_run; repeat this call to go on with what is there';
  return refused('unfinished-restoration', message, { operation_id: id, ...places(refs, paths) });
}

export function unknownState(limit: string): ServerError {
  const message = 'The work tree cannot be compared with what the operation left, so nothing was taken back';
  return new ServerError('operation_failed', message, { details: { reason: limit } });
}

/** @param limit why the log does not know @param id of the operation */
export function unkeptState(limit: string, id: string): ServerError {
  const message =
    'The log could not keep what the operation did to the index and the files, and refs it changed none; change it back with git, or name an older operation of git_operations as operation_id';
  return new ServerError('operation_failed', message, { details: { reason: limit, operation_id: id } });
}

/** @param keys of the configuration */
export function unkeptSettings(keys: readonly string[]): ServerError {
  const message =
    'The operation changed settings whose values the log does not keep, since they hold a secret, are dangerous or cannot be written back; details name them. Set them with git itself';
  return refused('unknown-configuration', message, { keys });
}

export function intentToAdd(): ServerError {
  const message = 'The operation ended an intent to add a file, which cannot be brought back; use git add';
  return refused('intent-to-add', message);
}

function places(refs: readonly string[], paths: readonly string[]): object {
  return {
    ...(refs.length > 0 && { refs: refs.map(text) }),
    ...(paths.length > 0 && named(paths.map(text))),
  };
}

function text(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}
