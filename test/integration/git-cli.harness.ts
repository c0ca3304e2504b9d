import { join } from 'node:path';

import { type Environment } from '../../src/config/environment.js';
import { type GitConfig } from '../../src/config/sections/index.js';
import { type Repository } from '../../src/git/repository.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

/** Who starts git. */
export const PLACES = ['from the server', 'from its spawner'] as const;
type Place = (typeof PLACES)[number];

/** The git layer with the repository's folder as its root, and where the repository is. Close the services. */
export async function startGit(
  place: Place,
  repo: GitRepository,
  config?: (git: GitConfig) => void,
  environment?: Environment,
): Promise<{ readonly services: GitServices; readonly here: Repository }> {
  const services = await GitServices.start({
    roots: [repo.root],
    ...(config && { config }),
    ...(environment && { environment }),
  });
  try {
    if (place === 'from its spawner') await services.spawner.begin();
    const here = await services.locator.locate(repo.path, new AbortController().signal);
    return { services, here };
  } catch (error) {
    await services.close();
    throw error;
  }
}

/** A program in git's place; what it does with `git config` is answer that there is nothing. */
export function fakeGitIn({ root }: GitRepository, script: string): string {
  const other = new GitRepository({ root, name: 'tools' });
  other.write('../fake-git', `#!/bin/sh\ncase " $* " in *" config "*) exit 0;; esac\n${script}\n`, 0o755);
  return join(root, 'fake-git');
}
