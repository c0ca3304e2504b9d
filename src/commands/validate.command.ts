import { readFileSync } from 'node:fs';

import { createPortlessApp } from '../main.js';
import { ToolRegistry } from '../tools/tool.registry.js';
import { MESSAGE_HANDLERS, type MessageHandler } from '../gateway/message-handler.js';
import type { CommandLine } from './command-line.js';
import { EXIT } from './exit-codes.js';
import { configOf } from './line-config.js';
import { UsageError } from './usage.error.js';
import { compareVerdicts, renderComparison } from './verdict-comparison.js';

const STANDARD_INPUT = 0;

/**
 * Prints what strict and lenient validation say of one message, field by field; of a call of a tool, of its arguments
 * too. Exit code 0 where lenient validation accepts it.
 */
export async function runValidate(line: CommandLine): Promise<void> {
  const { words, options } = line;
  const [source, surplus] = words;
  if (source === undefined || surplus !== undefined)
    throw new UsageError('validate expects one FILE, or - for standard input');
  const text = readFileSync(source === '-' ? STANDARD_INPUT : source, 'utf8');
  // What is refused is printed here; the server's own log would say it twice.
  const quiet = { flag: '--set', key: 'log.level', value: 'fatal' };
  const { config } = configOf({ ...line, settings: [...line.settings, quiet] });
  const app = await createPortlessApp(config);
  try {
    const handlers = app.get<readonly MessageHandler[]>(MESSAGE_HANDLERS, { strict: false });
    const compared = compareVerdicts(text, config.validation, {
      handlers,
      tools: app.get(ToolRegistry, { strict: false }),
    });
    process.stdout.write(
      options.json === true ? `${JSON.stringify(compared, undefined, 2)}\n` : renderComparison(compared),
    );
    process.exitCode = compared.lenient.accepted ? EXIT.ok : EXIT.failed;
  } finally {
    await app.close();
  }
}
