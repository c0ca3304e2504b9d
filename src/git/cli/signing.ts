import { join } from 'node:path';

import { type Environment } from '../../config/environment.js';
import { type GitSigningConfig } from '../../config/sections/index.js';
import { type Setting } from './fixed-settings.js';

const PROGRAMS = { ssh: 'ssh-keygen', openpgp: 'gpg', x509: 'gpgsm' } as const;

export interface Signing {
  readonly settings: readonly Setting[];
  readonly environment: Environment;
}

/** How one git process signs: with the operator's key and program, whatever the repository or its trust may say. */
export function signing(
  { format, key, program }: GitSigningConfig,
  { HOME, GNUPGHOME = HOME === undefined ? undefined : join(HOME, '.gnupg') }: Environment,
): Signing {
  return {
    settings: [
      ['commit.gpgSign', 'true'],
      ['gpg.format', format],
      [`gpg.${format}.program`, program || PROGRAMS[format]],
      ['user.signingKey', key],
    ],
    // Where its keys are; git's own home stays nobody's.
    environment: format === 'ssh' ? {} : { GNUPGHOME },
  };
}
