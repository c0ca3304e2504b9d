import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { AppConfig } from './app.config.js';
import { type ConfigFault, ConfigFaults } from './config-fault.js';
import { brokenRules, ruleWarnings } from './config-rules.js';
import type { Assignment, SourceReading } from './config-source.js';
import type { Environment } from './environment.js';
import { PROFILE_VARIABLE, readEnvironment } from './environment.source.js';
import { readFlags, type SettingFlag } from './flag.source.js';
import { nearestName } from './nearest-name.js';
import { readPreparedFile } from './prepared.source.js';
import { assign, instantiate, problemsOf } from './setting-check.js';
import { toValue } from './setting-value.js';
import { toShown } from './setting-words.js';
import { listSettings } from './settings.js';
import { readYamlFile } from './yaml.source.js';

/** The presets that come with the server. A folder of the caller's is never searched: it may be anybody's. */
export const PRESETS_FOLDER = resolve(import.meta.dirname, '../../config');

export interface ConfigRequest {
  readonly environment: Environment;
  readonly flags?: readonly SettingFlag[];
  /** Name of a preset; the environment's MCP_GIT_PROFILE where absent. */
  readonly profile?: string;
  /** Path of the operator's own YAML file. */
  readonly file?: string;
  readonly presetsFolder?: string;
}

export interface LoadedConfig {
  /** Deeply frozen. */
  readonly config: AppConfig;
  /** Where each setting came from, by key: `default`, a file with line and column, a variable, a flag. */
  readonly sources: ReadonlyMap<string, string>;
  /** For the log, in the operator's words; without secrets. */
  readonly warnings: readonly string[];
}

/**
 * Built-in defaults < config/default.yaml < the profile < the operator's file < environment < flags.
 *
 * @throws ConfigFaults with everything that is wrong in any of them, overridden values included
 */
export function loadConfig(request: ConfigRequest): LoadedConfig {
  const readings = readSources(request);
  const faults = readings.flatMap((reading) => reading.faults);
  const config = new AppConfig();
  const sources = new Map(listSettings().map(({ key }) => [key, 'default']));
  for (const assignment of readings.flatMap((reading) => reading.assignments)) {
    faults.push(...apply(config, sources, assignment));
  }
  // A rule between settings means nothing while one of them is wrong.
  if (faults.length === 0) faults.push(...brokenRules(config, sources));
  if (faults.length > 0) throw new ConfigFaults(faults);
  const warnings = [...readings.flatMap((reading) => reading.warnings), ...ruleWarnings(config)];
  return { config: deepFreeze(config), sources, warnings };
}

function readSources({
  environment,
  flags = [],
  presetsFolder = PRESETS_FOLDER,
  ...request
}: ConfigRequest): SourceReading[] {
  const readings: SourceReading[] = [];
  const defaults = join(presetsFolder, 'default.yaml');
  if (existsSync(defaults)) readings.push(readPreparedFile(defaults) ?? readYamlFile(defaults));
  const profileSource = request.profile === undefined ? PROFILE_VARIABLE : '--profile';
  const profile = request.profile ?? environment[PROFILE_VARIABLE] ?? '';
  if (profile !== '') readings.push(readProfile(profile, profileSource, presetsFolder));
  if (request.file !== undefined) readings.push(readYamlFile(resolve(request.file)));
  return [...readings, readEnvironment(environment, process.cwd()), readFlags(flags, process.cwd())];
}

function readProfile(profile: string, source: string, folder: string): SourceReading {
  const known = existsSync(folder)
    ? readdirSync(folder).flatMap((name) => (name.endsWith('.yaml') ? [name.slice(0, -'.yaml'.length)] : []))
    : [];
  if (known.includes(profile)) return readYamlFile(join(folder, `${profile}.yaml`));
  const nearest = nearestName(profile, known);
  const problem = `there is no such profile; known are ${known.join(', ') || 'none'}`;
  const fault = { key: 'profile', value: toShown(undefined, profile), source, problem };
  return { assignments: [], faults: [nearest === undefined ? fault : { ...fault, nearest }], warnings: [] };
}

function apply(config: AppConfig, sources: Map<string, string>, assignment: Assignment): ConfigFault[] {
  const { setting, raw, source, folder, locate = () => source } = assignment;
  const value = instantiate(setting, toValue(setting.info, raw, folder));
  // Nearly all of config/default.yaml is what is built in, and checking costs more than the rest of reading it.
  const problems = isDeepStrictEqual(value, setting.defaultValue) ? [] : problemsOf(setting, value);
  if (problems.length === 0) {
    assign(config, setting.key, value);
    sources.set(setting.key, source);
  }
  return problems.map(({ path, text, nearest }) => ({
    key: [setting.key, ...path].join('.').replaceAll(/\.(\d+)(?=\.|$)/g, '[$1]'),
    value: toShown(setting.info, raw),
    source: path.length === 0 ? source : locate(path),
    problem: text,
    ...(nearest !== undefined && { nearest }),
  }));
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
