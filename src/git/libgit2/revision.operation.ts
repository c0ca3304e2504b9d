import { namedRef } from './ref-files.js';
import { type RevisionStep, revisionSteps } from './revision-steps.js';
import { type RepositoryHandle } from './repository-handle.js';
import { Unsuited } from './unsuited.error.js';
import { type WorkerOperations } from './worker.protocol.js';

/** A name and the steps from it: `main`, `v1.0~2`, `HEAD^2~1`. All else of gitrevisions(7) is left to git. */
const SIMPLE = /^([A-Za-z0-9_][A-Za-z0-9_./+-]*)((?:~\d{0,4}|\^\d?)*)$/;
const FULL_ID = /^[0-9a-f]{40}$/;

/** @returns `null` for each revision that is not found or not simple: whether it exists is git's to say */
export async function resolve(
  handle: RepositoryHandle,
  { revisions }: WorkerOperations['resolve']['args'],
): Promise<WorkerOperations['resolve']['answer']> {
  return Promise.all(
    revisions.map((revision) =>
      resolveOne(handle, revision).catch((error: unknown) => {
        if (error instanceof Unsuited) return null;
        throw error;
      }),
    ),
  );
}

async function resolveOne(handle: RepositoryHandle, revision: string): Promise<string> {
  const [, name = '', steps = ''] = SIMPLE.exec(revision) ?? [];
  if (name === '') throw new Unsuited('revision-syntax');
  let sha = await handle.peel(FULL_ID.test(name) ? name : named(handle, name));
  for (const step of revisionSteps(steps)) sha = await stepFrom(handle, sha, step);
  return sha;
}

function named({ place }: RepositoryHandle, name: string): string {
  const found = namedRef(place, name);
  if (found === null) throw new Unsuited('no-such-name');
  return found.sha;
}

async function stepFrom(
  handle: RepositoryHandle,
  from: string,
  { times, parent: which }: RevisionStep,
): Promise<string> {
  let sha = from;
  handle.requireWholeHistory();
  for (let i = 0; i < times; i += 1) {
    const parent = (await handle.commit(sha)).parents[which - 1];
    if (parent === undefined) throw new Unsuited('no-such-name');
    sha = parent;
  }
  return sha;
}
