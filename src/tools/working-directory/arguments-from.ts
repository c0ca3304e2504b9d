import { isAbsolute, resolve } from 'node:path';

import { type Tool, worksOnRepository } from '../tool.js';

/**
 * The arguments of a call as the session's working directory completes them: a relative `repo_path` starts there, and one
 * that is left out is that directory. What they lead to is checked as any other path is.
 */
export function argumentsFrom(directory: string | undefined, tool: Tool, args: unknown): unknown {
  if (directory === undefined || typeof args !== 'object' || args === null || Array.isArray(args))
    return args;
  const { repo_path: given } = args as { readonly repo_path?: unknown };
  const isLeftOut = given === undefined || given === null || given === '';
  if (isLeftOut) return worksOnRepository(tool) ? { ...args, repo_path: directory } : args;
  return typeof given === 'string' ? { ...args, repo_path: pathFrom(directory, given) } : args;
}

/** A path as it is meant where relative ones start in a directory, if there is one. */
export function pathFrom(directory: string | undefined, path: string): string {
  return directory === undefined || isAbsolute(path) ? path : resolve(directory, path);
}
