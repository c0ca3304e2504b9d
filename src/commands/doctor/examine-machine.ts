import { type ConfigFault, ConfigFaults } from '../../config/config-fault.js';
import { type Check } from '../../diagnostics/check.js';
import { failed, type Finding, type Section } from '../../diagnostics/finding.js';
import { runChecks } from '../../diagnostics/run-checks.js';
import type { CommandLine } from '../command-line.js';
import { configOf } from '../line-config.js';
import { localCheck } from './local.check.js';
import { localChecks } from './local.checks.js';

const PATIENCE_MS = 20_000;

/** What can be said without a server. */
export function examineMachine(line: CommandLine, only: Section | undefined): Promise<readonly Finding[]> {
  const checks = checksOf(line).filter(({ section }) => only === undefined || section === only);
  return runChecks(checks, AbortSignal.timeout(PATIENCE_MS));
}

function checksOf(line: CommandLine): readonly Check[] {
  try {
    const { config, warnings } = configOf(line);
    return localChecks(config, warnings, line.file);
  } catch (error) {
    if (error instanceof ConfigFaults) return [faultsCheck(error)];
    throw error;
  }
}

function faultsCheck({ faults, message }: ConfigFaults): Check {
  return localCheck('startup.configuration', "Server Won't Start", 'files, variables and flags', () =>
    failed(
      `the configuration has ${faults.length} faults, and the server does not start with it`,
      { faults: faults.map(shown) },
      {
        cause: message,
        cures: [
          { what: 'mend them; each names its key and where it was set', command: 'mcp-git-server config' },
        ],
      },
    ),
  );
}

function shown({ key, problem, source }: ConfigFault) {
  return { key, problem, source };
}
