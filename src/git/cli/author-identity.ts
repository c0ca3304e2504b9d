import { type Environment } from '../../config/environment.js';

interface Identity {
  readonly name: string;
  readonly email: string;
}

/** Fills in what the repository's own configuration leaves open. The environment would win over it, so only that. */
export function authorIdentity(configured: ReadonlyMap<string, string>, fallback: Identity): Environment {
  const missing = (who: string, what: string) =>
    !configured.get(`${who}.${what}`)?.trim() && !configured.get(`user.${what}`)?.trim();
  return {
    ...(missing('author', 'name') && { GIT_AUTHOR_NAME: fallback.name }),
    ...(missing('author', 'email') && { GIT_AUTHOR_EMAIL: fallback.email }),
    ...(missing('committer', 'name') && { GIT_COMMITTER_NAME: fallback.name }),
    ...(missing('committer', 'email') && { GIT_COMMITTER_EMAIL: fallback.email }),
  };
}
