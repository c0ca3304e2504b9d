import type { ConfigFault } from './config-fault.js';
import { nearestName } from './nearest-name.js';
import { TOOLSETS, type ToolsConfig } from './sections/index.js';

type Fault = Pick<ConfigFault, 'key' | 'problem'> & { readonly value: string };

/** Names in `tools` that mean nothing. Names of tools are not known here; `ToolSelections` looks at those. */
export function toolFaults({ toolsets }: ToolsConfig): readonly Fault[] {
  const key = 'tools.toolsets';
  return toolsets
    .filter((name) => !(TOOLSETS as readonly string[]).includes(name))
    .map((value) => {
      const nearest = nearestName(value, TOOLSETS);
      const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
      return { key, value, problem: `accepts ${TOOLSETS.join(', ')}${hint}` };
    });
}
