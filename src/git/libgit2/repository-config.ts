import { join } from 'node:path';

import { type ConfigValues, isTrue, lastValue, parseConfig } from './config-file.js';
import { readRegularFile, signFile } from './small-file.js';
import { type RepositoryPlace } from './worker.protocol.js';

type ConfigPlace = Pick<RepositoryPlace, 'gitDir' | 'commonDir'>;

const MAX_BYTES = 2 ** 20;
const MAX_KEPT = 64;
const kept = new Map<string, { readonly signature: string; readonly values: ConfigValues }>();

/** The repository's own configuration, and nobody else's. @throws Unsuited where it is not simply to be read */
export function readConfig({ commonDir, gitDir }: ConfigPlace): ConfigValues {
  const config = readConfigFile(join(commonDir, 'config'));
  if (!isTrue(lastValue(config, 'extensions.worktreeconfig'))) return config;
  return new Map([...config, ...readConfigFile(join(gitDir, 'config.worktree'))]);
}

/** One file of it. @throws Unsuited where it is not simply to be read */
export function readConfigFile(path: string): ConfigValues {
  const signature = signFile(path);
  const known = kept.get(path);
  if (known?.signature === signature) return known.values;
  kept.delete(path);
  const values = parseConfig(readRegularFile(path, MAX_BYTES)?.toString('utf8') ?? '');
  const oldest = kept.keys().next();
  if (kept.size >= MAX_KEPT && !oldest.done) kept.delete(oldest.value);
  // Signed again: what was written in between is read again next time.
  if (signFile(path) === signature) kept.set(path, { signature, values });
  return values;
}
