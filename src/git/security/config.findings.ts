import { configFindings } from '../cli/config-findings.js';
import { FIXED_SETTINGS } from '../cli/fixed-settings.js';
import { heldAgainst, type Trust } from '../cli/trust.js';
import { type FiledEntry } from './config.reader.js';
import { type DangerousKey, dangerOf, type Otherwise } from './dangerous-keys.js';
import { type SecurityFinding, type Treatment } from './finding.js';

const MAX_VALUE = 200;

const OTHERWISE: Readonly<Record<Otherwise, readonly [Treatment, string]>> = {
  environment: ['neutralised', 'a variable of the environment of each git process wins over it'],
  'command-line': ['neutralised', 'an option of each command wins over it'],
  'no-tool': ['unused', 'no tool runs the command that would ask for it'],
  'refused-by-tool': ['refused', 'by the tool whose command would ask for it; others do not ask'],
  'refused-unless-trusted': ['refused', 'by the tool whose command would ask for it; others do not ask'],
  'refused-elsewhere': ['refused', 'where it leads out of git.roots; inside of them it is looked at as well'],
  patterns: ['neutralised', 'git takes patterns and names from it, and no tool shows what it holds'],
  literal: ['shown', 'no tool shows it, but whoever reads the file sees it'],
};

/** What a configuration would make plain git do, and why it does not do it here. */
export function findingsOfConfig(entries: readonly FiledEntry[], trust: Trust): readonly SecurityFinding[] {
  const policy = policyOf(entries, trust);
  const found = new Map<string, SecurityFinding>();
  for (const entry of entries) {
    const danger = dangerOf(entry);
    if (danger) found.set(entry.key, findingOf(entry, danger, policy));
  }
  return [...found.values()];
}

interface Policy {
  readonly trust: Trust;
  /** Keys in lower case. */
  readonly fixed: ReadonlyMap<string, string>;
  readonly overridden: ReadonlyMap<string, string>;
  readonly givenBack: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  readonly refusedOnNetwork: ReadonlySet<string>;
}

/** The very functions that guard each call say what they would do. */
function policyOf(entries: readonly FiledEntry[], trust: Trust): Policy {
  const listing = entries.map(({ key, value }) => `${key}\n${value}\0`).join('');
  const { overrides, refused, refusedOnNetwork } = configFindings(listing);
  const all = [...FIXED_SETTINGS, ...overrides];
  const held = new Set(heldAgainst(trust, all).map(([key]) => key.toLowerCase()));
  const keysOf = (settings: typeof all) =>
    new Map(
      settings.map(([key, value]) => [key.toLowerCase(), value] as const).filter(([key]) => held.has(key)),
    );
  return {
    trust,
    fixed: keysOf([...FIXED_SETTINGS]),
    overridden: keysOf([...overrides]),
    givenBack: new Set(all.map(([key]) => key.toLowerCase()).filter((key) => !held.has(key))),
    refused: new Set(refused),
    refusedOnNetwork: new Set(refusedOnNetwork),
  };
}

function findingOf(entry: FiledEntry, danger: DangerousKey, policy: Policy): SecurityFinding {
  const [treatment, how] = treatmentOf(entry, danger, policy);
  const value = danger.secret === true ? undefined : entry.value.slice(0, MAX_VALUE);
  return {
    source: 'config',
    subject: entry.key,
    danger: danger.danger,
    effect: danger.effect,
    treatment,
    how,
    ...(value !== undefined && value !== '' && { value }),
  };
}

function treatmentOf(
  { key }: FiledEntry,
  { otherwise }: DangerousKey,
  { trust, fixed, overridden, givenBack, refused, refusedOnNetwork }: Policy,
): readonly [Treatment, string] {
  const name = key.toLowerCase();
  if (refused.has(key)) return ['refused', 'every command on the repository'];
  if (givenBack.has(name) || (trust === 'trusted' && otherwise === 'refused-unless-trusted'))
    return ['active', 'the repository lies in git.trustedRoots'];
  const setting = overridden.get(name) ?? fixed.get(name);
  if (setting !== undefined) return ['neutralised', `each git process is told ${key}=${setting}`];
  if (refusedOnNetwork.has(key)) return ['refused', 'every command that talks to a remote'];
  if (otherwise !== undefined) return OTHERWISE[otherwise];
  return ['active', 'nothing keeps it from its effect'];
}
