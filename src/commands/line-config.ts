import { processEnvironment } from '../config/environment.js';
import { type LoadedConfig, loadConfig } from '../config/load-config.js';
import { type CommandLine } from './command-line.js';

/**
 * The configuration that a command line names.
 *
 * @throws ConfigFaults
 */
export function configOf({ settings, profile, file }: CommandLine): LoadedConfig {
  return loadConfig({
    environment: processEnvironment(),
    flags: settings,
    ...(profile !== undefined && { profile }),
    ...(file !== undefined && { file }),
  });
}
