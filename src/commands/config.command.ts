import { configSchema } from '../config/config-schema.js';
import { renderEffectiveYaml } from '../config/config-yaml.js';
import { processEnvironment } from '../config/environment.js';
import { loadConfig } from '../config/load-config.js';
import type { CommandLine } from './command-line.js';

/** Prints what counts, or the schema of what may be written. Warnings go to stderr, so that stdout stays YAML. */
export function runConfig({ schema, settings, profile, file }: CommandLine): void {
  if (schema) {
    process.stdout.write(`${JSON.stringify(configSchema(), undefined, 2)}\n`);
    return;
  }
  const loaded = loadConfig({
    environment: processEnvironment(),
    flags: settings,
    ...(profile !== undefined && { profile }),
    ...(file !== undefined && { file }),
  });
  for (const warning of loaded.warnings) process.stderr.write(`warning: ${warning}\n`);
  process.stdout.write(renderEffectiveYaml(loaded));
}
