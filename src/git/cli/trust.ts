import { type Setting } from './fixed-settings.js';

/**
 * What an operator's trust gives back to a repository: its hooks, filters, merge drivers and signatures. What only
 * serves the convenience of a person at a terminal, or decides where the network leads, stays ours.
 */
const GIVEN_BACK = [
  /^core\.(hookspath|attributesfile)$/i,
  /^(filter|merge|hook)\..+\.[a-z]+$/is,
  /^gpg\.(.+\.)?(program|defaultkeycommand)$/is,
  /^(commit|tag)\.gpgsign$/i,
];
/** Options that keep hooks from running. */
const AGAINST_HOOKS = new Set(['--no-verify']);

export type Trust = 'untrusted' | 'trusted';

/** Those of our settings that hold for a repository of this trust. */
export function heldAgainst(trust: Trust, settings: readonly Setting[]): readonly Setting[] {
  if (trust === 'untrusted') return settings;
  return settings.filter(([key]) => !GIVEN_BACK.some((pattern) => pattern.test(key)));
}

/** Those of the options that a command always has. */
export function optionsAgainst(trust: Trust, options: readonly string[]): readonly string[] {
  return trust === 'untrusted' ? options : options.filter((option) => !AGAINST_HOOKS.has(option));
}
