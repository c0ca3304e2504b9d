import { createHash } from 'node:crypto';

/** @returns a configuration file in which each token stands for a principal of its own */
export function tokenSettings(...tokens: readonly string[]): string {
  const entries = tokens.map(
    (token, index) => `    - name: caller-${index}
      sha256: ${createHash('sha256').update(token).digest('hex')}
      scopes: ['git:read', 'git:write']
`,
  );
  return `auth:\n  mode: token\n  tokens:\n${entries.join('')}`;
}
