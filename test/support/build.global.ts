import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import ts from 'typescript';

const root = join(import.meta.dirname, '../..');
const src = join(root, 'src');
const dist = join(root, 'dist');
/** What the whole compiler notes of the sources that it has compiled. */
const notes = join(dist, '.tsbuildinfo');
/** The same of this one. */
const stamps = join(dist, '.compiled.json');

interface Notes {
  readonly fileNames: readonly string[];
  readonly fileInfos: readonly { readonly version: string }[];
}

interface Source {
  readonly path: string;
  /** From the root. */
  readonly name: string;
  readonly output: string;
  readonly text: string;
  readonly digest: string;
}

/**
 * Compiles what has changed in `src` once before the tests, since forked workers and the tests of the whole server run
 * `dist`. File by file and without a look at types, which costs a twentieth of the whole compiler: it is
 * `npm run check:types` that refuses wrong ones.
 */
export default function build(): void {
  const options = compilerOptions();
  const before = compiledFrom();
  const sources = filesBelow(src, /(?<!\.spec|\.d)\.ts$/).map(sourceAt);
  // Not by their times: what was copied from elsewhere is younger than the sources here.
  const changed = sources.filter(
    ({ name, digest, output }) => before[name] !== digest || !existsSync(output),
  );
  for (const source of changed) emit(source, options);
  copyPrograms();
  if (changed.length > 0) {
    writeFileSync(
      stamps,
      JSON.stringify(Object.fromEntries(sources.map(({ name, digest }) => [name, digest]))),
    );
    // It would take what was written here for what it has written itself, and not write it again.
    rmSync(notes, { force: true });
  }
  const wanted = new Set(sources.map(({ output }) => output));
  for (const output of filesBelow(dist, /\.js$/)) {
    if (!wanted.has(output) && !output.startsWith(join(dist, 'bundle'))) rmSync(output);
  }
}

function sourceAt(path: string): Source {
  const text = readFileSync(path, 'utf8');
  return {
    path,
    name: relative(root, path),
    output: join(dist, relative(src, path).replace(/\.ts$/, '.js')),
    text,
    digest: createHash('sha256').update(text).digest('hex'),
  };
}

/** Digests of the sources that `dist` was compiled from, by their path from the root. */
function compiledFrom(): Readonly<Record<string, string>> {
  if (!existsSync(notes))
    return existsSync(stamps) ? (JSON.parse(readFileSync(stamps, 'utf8')) as Record<string, string>) : {};
  const { fileNames, fileInfos } = JSON.parse(readFileSync(notes, 'utf8')) as Notes;
  return Object.fromEntries(
    fileNames.map((name, index) => [relative(root, join(dist, name)), fileInfos[index]?.version ?? '']),
  );
}

function compilerOptions(): ts.CompilerOptions {
  const path = join(root, 'tsconfig.build.json');
  const { config } = ts.readConfigFile(path, ts.sys.readFile) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  // Of one file alone the compiler cannot tell that package.json makes it an ES module.
  return { ...options, module: ts.ModuleKind.ESNext };
}

function emit({ text, path, output }: Source, compilerOptions: ts.CompilerOptions): void {
  const { outputText, sourceMapText } = ts.transpileModule(text, { compilerOptions, fileName: path });
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, outputText);
  if (sourceMapText !== undefined) writeFileSync(`${output}.map`, sourceMapText);
}

/** What git runs of ours lies beside what starts it. */
function copyPrograms(): void {
  for (const program of filesBelow(src, /(?<!\.ts)$/))
    cpSync(program, join(dist, relative(src, program)), { preserveTimestamps: true });
}

function filesBelow(folder: string, name: RegExp): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
