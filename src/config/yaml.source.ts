import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';

import { type Document, isAlias, isMap, isNode, isScalar, LineCounter, parseDocument, type Node } from 'yaml';

import type { ConfigFault } from './config-fault.js';
import type { Assignment, SourceReading } from './config-source.js';
import { nearestName } from './nearest-name.js';
import { toShown } from './setting-words.js';
import { listSections, listSettings } from './settings.js';

/** Reads the settings of one YAML file, each with the line and column it was written at. */
export function readYamlFile(path: string): SourceReading {
  const name = shownPath(path);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const problem = `the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`;
    return { assignments: [], faults: [{ key: name, source: name, problem }], warnings: [] };
  }
  return new YamlReading(text, name, dirname(path)).read();
}

class YamlReading {
  private readonly lines = new LineCounter();
  private readonly document: Document.Parsed;
  private readonly assignments: Assignment[] = [];
  private readonly faults: ConfigFault[] = [];
  private readonly settings = new Map(listSettings().map((setting) => [setting.key, setting]));
  private readonly sections = new Set(listSections());

  constructor(
    text: string,
    private readonly name: string,
    private readonly folder: string,
  ) {
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
  }

  read(): SourceReading {
    // After an error of the syntax the rest would be refused for what it never said.
    const readable = this.document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
    if (readable) this.readSection(this.document.contents, '');
    for (const { message, pos } of this.document.errors) {
      const source = this.positionAt(pos[0]);
      const told = this.faults.some((fault) => fault.source === source);
      if (!told) this.faults.push({ key: this.name, source, problem: firstLine(message) });
    }
    return { assignments: this.assignments, faults: this.faults, warnings: [] };
  }

  private readSection(written: Node | null, path: string): void {
    const node = isAlias(written) ? (written.resolve(this.document) ?? written) : written;
    if (node === null || (isScalar(node) && node.value === null)) return;
    if (!isMap(node)) {
      this.refuse(path === '' ? this.name : path, node, 'expected keys and values beneath');
      return;
    }
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      const below = path === '' ? name : `${path}.${name}`;
      const keyNode = isNode(key) ? key : node;
      if (seen.has(name)) this.refuse(below, keyNode, 'the key is written twice', undefined, value);
      else this.readEntry(below, keyNode, isNode(value) ? value : null);
      seen.add(name);
    }
  }

  private readEntry(key: string, keyNode: Node, value: Node | null): void {
    const setting = this.settings.get(key);
    if (this.sections.has(key)) this.readSection(value, key);
    else if (setting) this.readSetting(setting, keyNode, value);
    else
      this.refuse(
        key,
        keyNode,
        'unknown key',
        nearestName(key, [...this.settings.keys(), ...this.sections]),
        value,
      );
  }

  private readSetting(setting: Assignment['setting'], keyNode: Node, value: Node | null): void {
    const raw = this.plain(value);
    if (raw instanceof Error) return this.refuse(setting.key, value ?? keyNode, firstLine(raw.message));
    const source = this.position(value ?? keyNode);
    const locate = (path: readonly string[]) => this.locate([...setting.key.split('.'), ...path]) ?? source;
    this.assignments.push({ setting, raw, source, folder: this.folder, locate });
  }

  /** @returns an error where aliases name nothing, or the value itself, or are so many that they are an attack */
  private plain(value: Node | null): unknown {
    try {
      const raw: unknown = value?.toJS(this.document) ?? null;
      JSON.stringify(raw);
      return raw;
    } catch (error) {
      return error instanceof TypeError ? new Error('the value holds itself') : error;
    }
  }

  private refuse(key: string, at: Node, problem: string, nearest?: string, value?: unknown): void {
    const shown = isScalar(value) ? { value: toShown(undefined, value.value) } : {};
    this.faults.push({
      key,
      ...shown,
      source: this.position(at),
      problem,
      ...(nearest !== undefined && { nearest }),
    });
  }

  private locate(path: readonly string[]): string | undefined {
    for (let depth = path.length; depth > 0; depth--) {
      const node: unknown = this.document.getIn(path.slice(0, depth), true);
      if (isNode(node)) return this.position(node);
    }
    return undefined;
  }

  private position(node: Node): string {
    return node.range ? this.positionAt(node.range[0]) : this.name;
  }

  private positionAt(offset: number): string {
    const { line, col } = this.lines.linePos(offset);
    return `${this.name}:${line}:${col}`;
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

/** As messages name a file. */
export function shownPath(path: string): string {
  const fromHere = relative('', path);
  return fromHere.startsWith('..') ? path : fromHere;
}
