import { AppConfig } from './app.config.js';
import { settingsOf, type SettingInfo } from './setting.decorators.js';

export const ENVIRONMENT_PREFIX = 'MCP_GIT_';

/** One setting as every source and every document knows it. */
export interface Setting {
  /** Dotted path, for example `resilience.rateLimit.enabled`. */
  readonly key: string;
  /** The variable that is derived from the path, for example `MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED`. */
  readonly variable: string;
  /** Further variables that set it. */
  readonly shortVariables: readonly string[];
  readonly info: SettingInfo;
  /** As the server uses it: milliseconds, bytes. */
  readonly defaultValue: unknown;
}

const SHORT_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'server.port': ['MCP_GIT_PORT'],
  'server.host': ['MCP_GIT_HOST'],
  'log.level': ['MCP_GIT_LOG_LEVEL'],
  'sessions.idleTimeout': ['MCP_GIT_SESSION_TIMEOUT'],
  'sessions.max': ['MCP_GIT_MAX_CONCURRENT_SESSIONS'],
  'heartbeat.interval': ['MCP_GIT_HEARTBEAT_INTERVAL'],
  'git.roots': ['MCP_GIT_REPOSITORY', 'MCP_GIT_ROOTS'],
};

/** @returns every setting of every section in the order of the classes */
export function listSettings(): readonly Setting[] {
  return collect(new AppConfig(), []);
}

/** @returns the paths that hold settings, for example `resilience` and `resilience.rateLimit` */
export function listSections(): readonly string[] {
  const sections = listSettings().flatMap(({ key }) => {
    const path = key.split('.').slice(0, -1);
    return path.map((_, depth) => path.slice(0, depth + 1).join('.'));
  });
  return [...new Set(sections)];
}

function collect(section: object, path: readonly string[]): Setting[] {
  const infos = settingsOf(section);
  return Object.entries(section).flatMap(([name, value]: [string, unknown]) => {
    const info = infos.get(name);
    if (info) return [describeSetting([...path, name], info, value)];
    return collect(value as object, [...path, name]);
  });
}

function describeSetting(path: readonly string[], info: SettingInfo, defaultValue: unknown): Setting {
  const key = path.join('.');
  const variable = variableOf(path);
  const shortVariables = (SHORT_VARIABLES[key] ?? []).filter((name) => name !== variable);
  return { key, variable, shortVariables, info, defaultValue };
}

function variableOf(path: readonly string[]): string {
  const words = path.map((name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return ENVIRONMENT_PREFIX + words.join('_');
}
