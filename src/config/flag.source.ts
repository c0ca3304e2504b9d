import type { ConfigFault } from './config-fault.js';
import type { Assignment, SourceReading } from './config-source.js';
import { nearestName } from './nearest-name.js';
import { fromText } from './setting-value.js';
import { toShown } from './setting-words.js';
import { listSettings } from './settings.js';

/** A setting on the command line. */
export interface SettingFlag {
  /** As it was written, for example `--port` or `--set`. */
  readonly flag: string;
  readonly key: string;
  /** Text is parsed as a variable is; a list is taken item by item. */
  readonly value: string | readonly string[];
}

/** Reads the settings on the command line; where one is given twice, the last counts. */
export function readFlags(flags: readonly SettingFlag[], folder: string): SourceReading {
  const settings = new Map(listSettings().map((setting) => [setting.key, setting]));
  const assignments: Assignment[] = [];
  const faults: ConfigFault[] = [];
  for (const { flag, key, value } of flags) {
    const setting = settings.get(key);
    if (setting) {
      const raw = typeof value === 'string' ? fromText(setting.info, value) : [...new Set(value)];
      assignments.push({ setting, raw, source: flag, folder });
    } else {
      const nearest = nearestName(key, settings.keys());
      const known = nearest === undefined ? {} : { nearest };
      faults.push({ key, value: toShown(undefined, value), source: flag, problem: 'unknown key', ...known });
    }
  }
  return { assignments, faults, warnings: [] };
}
