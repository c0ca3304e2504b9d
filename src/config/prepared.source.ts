import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { SourceReading } from './config-source.js';
import { listSettings } from './settings.js';
import { readYamlFile, shownPath } from './yaml.source.js';

/** Beside the bundle, which is where it is made. */
export const PREPARED_DEFAULTS = join(import.meta.dirname, 'prepared-defaults.json');

interface PreparedFile {
  /** Of the text that was read. */
  readonly digest: string;
  /** Key, value as it was written, and `:line:column`. */
  readonly settings: readonly (readonly [key: string, raw: unknown, position: string])[];
}

/**
 * What config/default.yaml says, read when the server was built: nearly all of it is explanations, and reading them is a
 * twentieth of a start.
 *
 * @returns nothing where it was not prepared, or says something else by now
 */
export function readPreparedFile(path: string, prepared = PREPARED_DEFAULTS): SourceReading | undefined {
  const text = textOf(path);
  const json = textOf(prepared);
  if (text === undefined || json === undefined) return undefined;
  const { digest, settings } = JSON.parse(json) as PreparedFile;
  if (digest !== digestOf(text)) return undefined;
  const known = new Map(listSettings().map((setting) => [setting.key, setting]));
  const place = { name: shownPath(path), folder: dirname(path) };
  const assignments = settings.flatMap(([key, raw, position]) => {
    const setting = known.get(key);
    return setting ? [{ setting, raw, source: place.name + position, folder: place.folder }] : [];
  });
  return { assignments, faults: [], warnings: [] };
}

/** @param path of a file without faults @returns what `readPreparedFile` takes */
export function prepare(path: string): string {
  const { assignments } = readYamlFile(path);
  const prepared: PreparedFile = {
    digest: digestOf(readFileSync(path, 'utf8')),
    settings: assignments.map(({ setting, raw, source }) => [
      setting.key,
      raw,
      source.slice(shownPath(path).length),
    ]),
  };
  return JSON.stringify(prepared);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
