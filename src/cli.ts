import 'reflect-metadata';

import { type CommandLine, readCommandLine } from './commands/command-line.js';
import { EXIT } from './commands/exit-codes.js';
import { HELP } from './commands/help.js';
import { UsageError } from './commands/usage.error.js';
import { ConfigFaults } from './config/config-fault.js';
import { PACKAGE } from './shared/package-identity.js';

// What a command needs is loaded with it: version and help answer without loading a framework.
async function run(line: CommandLine): Promise<void> {
  switch (line.command) {
    case 'serve':
      return (await import('./commands/serve.command.js')).runServe(line);
    case 'stdio':
      return (await import('./commands/stdio.command.js')).runStdio(line);
    case 'restart':
      return (await import('./commands/restart.command.js')).runRestart(line);
    case 'config':
      return (await import('./commands/config.command.js')).runConfig(line);
    case 'doctor':
      return (await import('./commands/doctor/doctor.command.js')).runDoctor(line);
    case 'validate':
      return (await import('./commands/validate.command.js')).runValidate(line);
    case 'logs':
      return (await import('./commands/logs/logs.command.js')).runLogs(line);
    case 'version':
      process.stdout.write(`${PACKAGE.version}\n`);
      return;
    case 'help':
      process.stdout.write(HELP);
      return;
    default:
      return (await import('./commands/operator/operator.command.js')).runOperator(line);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  return error instanceof ConfigFaults ? EXIT.config : EXIT.failed;
}

function explain(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\nmcp-git-server --help lists what there is`;
  return error instanceof Error ? error.message : String(error);
}

async function main(): Promise<void> {
  try {
    await run(readCommandLine(process.argv.slice(2)));
  } catch (error) {
    process.stderr.write(`mcp-git-server: ${explain(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

void main();
