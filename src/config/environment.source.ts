import type { Assignment, SourceReading } from './config-source.js';
import type { Environment } from './environment.js';
import { nearestName } from './nearest-name.js';
import { fromText } from './setting-value.js';
import { ENVIRONMENT_PREFIX, listSettings, type Setting } from './settings.js';

export const PROFILE_VARIABLE = 'MCP_GIT_PROFILE';
/** Of the commands that call a server; the server itself does not read it. */
export const ADMIN_TOKEN_VARIABLE = 'MCP_GIT_ADMIN_TOKEN';
/** Says in a git process which server has started it; no setting, though a server that a hook starts finds it. */
export const OWNER_VARIABLE = 'MCP_GIT_OWNER';

// What Kubernetes puts into every container for a Service that is called mcp-git or mcp-git-server.
const SERVICE_LINK = /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//;

/** Reads the settings among the variables. An empty variable counts as not set, as compose files write it. */
export function readEnvironment(environment: Environment, folder: string): SourceReading {
  const warnings: string[] = [];
  const written = new Map<string, string>();
  for (const [name, text = ''] of Object.entries(environment)) {
    if (!name.startsWith(ENVIRONMENT_PREFIX) || text === '') continue;
    if (SERVICE_LINK.test(name) || name === OWNER_VARIABLE) continue;
    if (name.endsWith('_PORT') && SERVICE_ADDRESS.test(text)) warnings.push(serviceLinkWarning(name));
    else written.set(name, text);
  }
  const settings = listSettings();
  warnings.push(...unknownWarnings([...written.keys()], settings));
  const assignments = settings.flatMap((setting) => readSetting(setting, written, folder, warnings));
  return { assignments, faults: [], warnings };
}

function readSetting(
  setting: Setting,
  written: ReadonlyMap<string, string>,
  folder: string,
  warnings: string[],
): Assignment[] {
  const names = [setting.variable, ...setting.shortVariables].filter((name) => written.has(name));
  if (names.length === 0) return [];
  const values = names.map((name) => fromText(setting.info, written.get(name) ?? ''));
  if (setting.info.kind === 'list' && values.every((value) => Array.isArray(value))) {
    return [{ setting, raw: [...new Set(values.flat())], source: names.join(' and '), folder }];
  }
  const [winner = '', ...losers] = names;
  if (losers.length > 0) warnings.push(`${winner} and ${losers.join(', ')} set the same; ${winner} counts`);
  return [{ setting, raw: values[0], source: winner, folder }];
}

function unknownWarnings(written: readonly string[], settings: readonly Setting[]): string[] {
  const known = new Set([
    PROFILE_VARIABLE,
    ADMIN_TOKEN_VARIABLE,
    ...settings.flatMap((one) => [one.variable, ...one.shortVariables]),
  ]);
  const bare = [...known].map(withoutPrefix);
  return written
    .filter((name) => !known.has(name))
    .map((name) => {
      const nearest = nearestName(withoutPrefix(name), bare);
      const hint = nearest === undefined ? '' : `; did you mean ${ENVIRONMENT_PREFIX}${nearest}?`;
      return `the variable ${name} is not known and has no effect${hint}`;
    });
}

function serviceLinkWarning(name: string): string {
  return `${name} holds the address of a Kubernetes service and is ignored; enableServiceLinks: false in the pod keeps it away`;
}

function withoutPrefix(name: string): string {
  return name.slice(ENVIRONMENT_PREFIX.length);
}
