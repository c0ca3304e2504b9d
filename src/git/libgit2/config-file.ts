import { Unsuited } from './unsuited.error.js';

/** Values by key, as git spells keys: section and name in lower case, the subsection as it is. */
export type ConfigValues = ReadonlyMap<string, readonly string[]>;

const SECTION = /^\[([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\]\s*/;
const VARIABLE = /^([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b', '"': '"', '\\': '\\' };

/**
 * Reads the plain part of git's configuration syntax.
 *
 * @throws Unsuited where the file holds what is rare: includes, values over several lines, what git would refuse
 */
export function parseConfig(text: string): ConfigValues {
  const values = new Map<string, string[]>();
  let section = '';
  for (const raw of text.split('\n')) {
    let line = raw.trim();
    const header = SECTION.exec(line);
    if (header) {
      section = sectionName(header[1] ?? '', header[2]);
      line = line.slice(header[0].length);
    }
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (section === '') throw new Unsuited('config-syntax');
    const [key, value] = variable(line);
    const name = `${section}.${key}`;
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return values;
}

export function isTrue(value: string | undefined): boolean {
  if (value === undefined) return false;
  return !['', 'false', 'no', 'off', '0'].includes(value.toLowerCase());
}

/** The last value wins, as git has it. */
export function lastValue(values: ConfigValues, key: string): string | undefined {
  return values.get(key)?.at(-1);
}

function sectionName(name: string, subsection: string | undefined): string {
  const section = name.toLowerCase();
  if (section === 'include' || section === 'includeif') throw new Unsuited('config-include');
  return subsection === undefined ? section : `${section}.${subsection.replaceAll(/\\(.)/g, '$1')}`;
}

function variable(line: string): [string, string] {
  const match = VARIABLE.exec(line);
  if (!match || line.endsWith('\\')) throw new Unsuited('config-syntax');
  // A key without a value means true.
  return [(match[1] ?? '').toLowerCase(), match[2] === undefined ? 'true' : plainValue(match[2])];
}

function plainValue(text: string): string {
  let value = '';
  // How much of the value counts: spaces at its end do not, unless they are quoted or escaped.
  let length = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const letter = text.charAt(i);
    if (!quoted && (letter === '#' || letter === ';')) break;
    // Of other white space between words git makes spaces, or not, depending on its version.
    if (!quoted && letter !== ' ' && letter.trim() === '') throw new Unsuited('config-syntax');
    if (letter === '"') quoted = !quoted;
    else value += letter === '\\' ? escaped(text.charAt((i += 1))) : letter;
    if (quoted || letter !== ' ') length = value.length;
  }
  if (quoted) throw new Unsuited('config-syntax');
  return value.slice(0, length);
}

function escaped(letter: string): string {
  const meaning = ESCAPES[letter];
  if (meaning === undefined) throw new Unsuited('config-syntax');
  return meaning;
}
