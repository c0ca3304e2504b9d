import { relative, sep } from 'node:path';

import type { ConfigFault } from './config-fault.js';
import { nearestName } from './nearest-name.js';
import { withoutCredentials } from './setting-words.js';
import {
  type GitConfig,
  type GitRemoteConfig,
  REMOTE_PROTOCOLS,
  type SessionStoreConfig,
  TOOLSETS,
  type ToolsConfig,
} from './sections/index.js';

type Fault = Pick<ConfigFault, 'key' | 'problem'> & { readonly value: string };

/** Names in `tools` that mean nothing. Names of tools are not known here; `ToolSelections` looks at those. */
export function toolFaults({ toolsets }: ToolsConfig): readonly Fault[] {
  return unknownNames('tools.toolsets', toolsets, TOOLSETS);
}

/** Protocols that would silently not be spoken. */
export function protocolFaults({ protocols }: GitRemoteConfig): readonly Fault[] {
  return unknownNames('git.remote.protocols', protocols, REMOTE_PROTOCOLS);
}

/** Addresses that no Redis client understands. */
export function storeFaults({ kind, url }: SessionStoreConfig): readonly Fault[] {
  if (kind !== 'redis' || (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol))) return [];
  const problem = 'is no address of a Redis server; expected redis://host:6379, or rediss:// with TLS';
  return [{ key: 'sessions.store.url', value: withoutCredentials(url), problem }];
}

/** Without a key every signature would fail, or be made with a key that a repository names. */
export function signingFaults({ signing: { policy, key } }: GitConfig): readonly Fault[] {
  if (policy === 'off' || key !== '') return [];
  return [{ key: 'git.signing.policy', value: policy, problem: 'needs a key in git.signing.key' }];
}

/** A trusted folder outside of the roots would be one that nobody can reach, and a typing error. */
export function trustFaults({ roots, trustedRoots }: GitConfig): readonly Fault[] {
  return trustedRoots
    .filter((folder) => !roots.some((root) => isWithin(folder, root)))
    .map((value) => ({
      key: 'git.trustedRoots',
      value,
      problem: 'is neither one of git.roots nor inside one',
    }));
}

function isWithin(path: string, folder: string): boolean {
  const inside = relative(folder, path);
  return inside !== '..' && !inside.startsWith(`..${sep}`);
}

function unknownNames(key: string, names: readonly string[], known: readonly string[]): readonly Fault[] {
  return names
    .filter((name) => !known.includes(name))
    .map((value) => {
      const nearest = nearestName(value, known);
      const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
      return { key, value, problem: `accepts ${known.join(', ')}${hint}` };
    });
}
