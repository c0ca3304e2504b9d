import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

import { ROOT } from '../setup/files.mjs';

const SOURCES = 'test/conformance/fixtures';
const TARGET = join(ROOT, '.setup/conformance');

/**
 * Compiles the fixtures beside the product: where they import from `src`, they get what `dist` holds, so that one
 * copy of each module is loaded. Nothing of it comes into `dist`. Types are checked by `npm run check:types`.
 *
 * @returns path of the compiled server with fixtures
 */
export function buildFixtures() {
  rmSync(TARGET, { recursive: true, force: true });
  mkdirSync(join(TARGET, SOURCES), { recursive: true });
  symlinkSync(join(ROOT, 'dist'), join(TARGET, 'src'));
  for (const name of readdirSync(join(ROOT, SOURCES)).filter((file) => file.endsWith('.ts'))) {
    const source = readFileSync(join(ROOT, SOURCES, name), 'utf8');
    const { outputText } = ts.transpileModule(source, { fileName: name, compilerOptions: compilerOptions() });
    writeFileSync(join(TARGET, SOURCES, name.replace(/\.ts$/, '.js')), outputText);
  }
  return join(TARGET, SOURCES, 'fixture-server.js');
}

function compilerOptions() {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  return {
    ...ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT).options,
    // One file at a time the compiler does not see that the package is of modules.
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    noEmit: false,
    sourceMap: false,
  };
}
