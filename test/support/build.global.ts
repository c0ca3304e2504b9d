import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import ts from 'typescript';

const root = join(import.meta.dirname, '../..');
const src = join(root, 'src');
const dist = join(root, 'dist');

/**
 * Compiles what has changed in `src` once before the tests, since forked workers and the tests of the whole server run
 * `dist`. File by file and without a look at types, which costs a twentieth of the whole compiler: it is
 * `npm run check:types` that refuses wrong ones.
 */
export default function build(): void {
  const options = compilerOptions();
  const wanted = new Set<string>();
  for (const source of filesBelow(src, /(?<!\.spec|\.d)\.ts$/)) {
    const output = join(dist, relative(src, source).replace(/\.ts$/, '.js'));
    wanted.add(output);
    if (!existsSync(output) || statSync(output).mtimeMs < statSync(source).mtimeMs)
      emit(source, output, options);
  }
  if (!existsSync(dist)) return;
  for (const output of filesBelow(dist, /\.js$/)) {
    if (!wanted.has(output) && !output.startsWith(join(dist, 'bundle'))) rmSync(output);
  }
}

function compilerOptions(): ts.CompilerOptions {
  const path = join(root, 'tsconfig.build.json');
  const { config } = ts.readConfigFile(path, ts.sys.readFile) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  // Of one file alone the compiler cannot tell that package.json makes it an ES module.
  return { ...options, module: ts.ModuleKind.ESNext };
}

function emit(source: string, output: string, compilerOptions: ts.CompilerOptions): void {
  const text = readFileSync(source, 'utf8');
  const { outputText, sourceMapText } = ts.transpileModule(text, { compilerOptions, fileName: source });
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, outputText);
  if (sourceMapText !== undefined) writeFileSync(`${output}.map`, sourceMapText);
}

function filesBelow(folder: string, name: RegExp): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
