import { type Setting } from './fixed-settings.js';

/** What the runner knows of one git command. A command that is not in the table does not exist for us. */
export interface CommandRule {
  /** `write` takes locks and changes the repository; it is neither cut off at the output cap nor left behind. */
  readonly access: 'read' | 'write';
  readonly network: boolean;
  /** Writes the index, and then HEAD or the branch it is on. */
  readonly movesHead: boolean;
  /** Reads the index before it locks it: what another git stages in between would be lost. */
  readonly readsIndexUnlocked: boolean;
  /** Names of options, without their values, that our code may give. */
  readonly options: ReadonlySet<string>;
  /** Options that stand before all others, whatever the caller asks for. */
  readonly always: readonly string[];
  /**
   * Where a caller's revisions and names go. `plain`: the command mishandles `--end-of-options`, so only text that
   * cannot be an option is let through.
   */
  readonly names: 'none' | 'end-of-options' | 'plain';
  readonly paths: boolean;
  /** Options that git takes behind the names only, whatever the caller asks for. */
  readonly last: readonly string[];
  /** Settings of this command alone, beside those of all. */
  readonly settings: readonly Setting[];
  /** May make commits or tags, which are signed where the operator says so. */
  readonly signs: boolean;
}

/** Reads by default, without a network, names or paths. */
export const rule = (rest: Partial<Omit<CommandRule, 'options'>>, options: string): CommandRule => ({
  access: 'read',
  network: false,
  movesHead: false,
  readsIndexUnlocked: false,
  always: [],
  names: 'none',
  paths: false,
  last: [],
  settings: [],
  signs: false,
  ...rest,
  options: new Set(options.split(/\s+/).filter(Boolean)),
});
