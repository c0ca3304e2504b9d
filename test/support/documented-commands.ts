import { parse } from 'yaml';

/** A command of a document with the output that is shown for it. */
export interface ShownCommand {
  readonly words: readonly string[];
  readonly output: string;
}

/** Maps whose keys are data: what stands beneath them is not looked at. */
const DATA = new Set(['levels', 'byType', 'byComponent', 'components']);

export function shownCommands(text: string): readonly ShownCommand[] {
  return [...text.matchAll(/```console\n\$ mcp-git-server ([^\n]*)\n([\s\S]*?)```/g)].map(
    ([, command = '', output = '']) => ({
      words: command.split(' '),
      output,
    }),
  );
}

/** What a reader looks for in an output: names of checks, of fields, and the fixed words of a line. */
export function fieldsOf(output: string): readonly string[] {
  const checks = [...output.matchAll(/^ {2}[✓⚠✗] (\S+):/gm)].map(([, check = '']) => check);
  if (checks.length > 0) return checks;
  const document = yamlOf(output);
  if (document !== undefined) return [...new Set(keysOf(document, ''))];
  return output
    .split('\n')
    .map(fixedWords)
    .filter((line) => line !== '');
}

function yamlOf(output: string): object | undefined {
  try {
    const document: unknown = parse(output);
    const isAnswer = typeof document === 'object' && document !== null && Object.keys(document).every(isName);
    return isAnswer ? document : undefined;
  } catch {
    return undefined;
  }
}

/** A line of a log may pass for YAML as well. */
function isName(key: string): boolean {
  return /^\w+$/.test(key);
}

function keysOf(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keysOf(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    `${path}.${key}`,
    ...(DATA.has(key) ? [] : keysOf(inner, `${path}.${key}`)),
  ]);
}

/** A line without what differs from run to run. */
function fixedWords(line: string): string {
  return line
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '#')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '#')
    .replace(/\d+(?:\.\d+)?/g, '#')
    .trim();
}
