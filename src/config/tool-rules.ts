import type { ConfigFault } from './config-fault.js';
import { nearestName } from './nearest-name.js';
import { type GitRemoteConfig, REMOTE_PROTOCOLS, TOOLSETS, type ToolsConfig } from './sections/index.js';

type Fault = Pick<ConfigFault, 'key' | 'problem'> & { readonly value: string };

/** Names in `tools` that mean nothing. Names of tools are not known here; `ToolSelections` looks at those. */
export function toolFaults({ toolsets }: ToolsConfig): readonly Fault[] {
  return unknownNames('tools.toolsets', toolsets, TOOLSETS);
}

/** Protocols that would silently not be spoken. */
export function protocolFaults({ protocols }: GitRemoteConfig): readonly Fault[] {
  return unknownNames('git.remote.protocols', protocols, REMOTE_PROTOCOLS);
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
