import { type Setting } from '../cli/fixed-settings.js';

/** They forbid, and take nothing away that a repository in ordinary use needs. */
export const HARDENED: readonly Setting[] = [
  ['core.fsmonitor', 'false'],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  ['protocol.ext.allow', 'never'],
  ['protocol.file.allow', 'user'],
  ['log.showSignature', 'false'],
  ['submodule.recurse', 'false'],
  ['transfer.fsckObjects', 'true'],
  ['fetch.fsckObjects', 'true'],
  ['receive.fsckObjects', 'true'],
];
export const NO_HOOKS: Setting = ['core.hooksPath', '/dev/null'];

const GUARDS: ReadonlyMap<string, string> = new Map(
  [...HARDENED, NO_HOOKS].map(([key, value]) => [key.toLowerCase(), value]),
);

/** @param key as git spells it */
export function isGuardKey(key: string): boolean {
  return GUARDS.has(key);
}

/** Whether it is what protects, whatever else the key could be set to. */
export function isGuard(key: string, value: string): boolean {
  return GUARDS.get(key) === value;
}
