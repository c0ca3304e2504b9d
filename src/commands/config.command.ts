import { configSchema } from '../config/config-schema.js';
import { renderEffectiveYaml } from '../config/config-yaml.js';
import type { CommandLine } from './command-line.js';
import { configOf } from './line-config.js';

/** Prints what counts, or the schema of what may be written. Warnings go to stderr, so that stdout stays YAML. */
export function runConfig(line: CommandLine): void {
  if (line.schema) {
    process.stdout.write(`${JSON.stringify(configSchema(), undefined, 2)}\n`);
    return;
  }
  const loaded = configOf(line);
  for (const warning of loaded.warnings) process.stderr.write(`warning: ${warning}\n`);
  process.stdout.write(renderEffectiveYaml(loaded));
}
