// Puts the compiled server and the libraries it needs into few files: Node needs more time to find and read two thousand
// small ones than to run them. `dist` keeps the modules, which the tests load one by one.
//
// The server is CommonJS, which the launcher compiles with a code cache (scripts/setup/code-cache.mjs).
//
// With --if-changed it does nothing where the bundle was made of the very same sources.
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

import { rolldown } from 'rolldown';

import { prepare, PREPARED_DEFAULTS } from '../dist/config/prepared.source.js';
import { makeCodeCache } from './setup/code-cache.mjs';
import { fingerprint } from './setup/files.mjs';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
/** As deep as the folders of `src`, from where the code finds the configuration and the manifest. */
const BUNDLE = join(DIST, 'bundle');

/** Compiled for the machine, or read from beside their own files. */
const NATIVE = ['nodegit', 'pino-pretty', 'thread-stream'];
/** Its metadata of phone numbers is a tenth of all code, and nothing here validates one. */
const NEVER_CALLED = 'libphonenumber-js';

/** Not their times: a bundle that was copied is younger than the sources of where it was copied to. */
const SOURCES = ['src', 'config', 'package-lock.json', 'scripts/bundle.mjs', 'scripts/setup/code-cache.mjs'];
const STAMP = join(DIST, '.bundled');

const sources = fingerprint(SOURCES, process.version);
if (process.argv.includes('--if-changed') && isOf(sources)) process.exit();

const written = [
  ...(await bundle('esm', 'js', {
    cli: 'launcher/launch.js',
    'record-code-cache': 'launcher/record.js',
    'libgit2/worker.main': 'git/libgit2/worker.main.js',
    'spawner/spawner.main': 'git/spawner/spawner.main.js',
  })),
  ...(await bundle('cjs', 'cjs', { server: 'cli.js' })),
  ...copy('askpass', 'src/git/cli/askpass'),
  ...prepareDefaults(),
];
removeAllBut(new Set(written));
// npm makes the program of a package executable when it links it, and not again when it is built again.
chmodSync(join(BUNDLE, 'cli.js'), 0o755);
await makeCodeCache();
writeFileSync(STAMP, sources);

function isOf(sources) {
  return [join(BUNDLE, 'cli.js'), STAMP].every(existsSync) && readFileSync(STAMP, 'utf8') === sources;
}

/** @returns the names of the files that were written */
async function bundle(format, suffix, inputs) {
  const build = await rolldown({
    input: Object.fromEntries(Object.entries(inputs).map(([name, file]) => [name, join(DIST, file)])),
    platform: 'node',
    external: NATIVE,
    // What CommonJS calls the same.
    ...(format === 'cjs' && { transform: { define: { 'import.meta.resolve': 'require.resolve' } } }),
    plugins: [
      { name: 'never-called', resolveId: skipUncalled, load: loadUncalled },
      ...(format === 'cjs' ? [{ name: 'ascii', generateBundle: writeInAscii }] : []),
    ],
    onLog(level, log) {
      // Libraries ask for what may be installed beside them.
      if (log.code === 'UNRESOLVED_IMPORT' && log.message.includes('node_modules')) return;
      if (level === 'warn') throw new Error(`The bundle is questionable: ${log.message}`);
    },
  });
  try {
    const { output } = await build.write({
      dir: BUNDLE,
      format,
      // What comes from a code cache cannot import.
      dynamicImportInCjs: false,
      keepNames: true,
      comments: { jsdoc: false },
      entryFileNames: `[name].${suffix}`,
      chunkFileNames: `chunk-[name]-[hash].${suffix}`,
    });
    return output.map(({ fileName }) => fileName);
  } finally {
    await build.close();
  }
}

/** @returns the names of the files that were written */
function prepareDefaults() {
  const name = basename(PREPARED_DEFAULTS);
  writeFileSync(join(BUNDLE, name), prepare(join(ROOT, 'config/default.yaml')));
  return [name];
}

/** Scripts that git runs. @returns the names of the files that were written */
function copy(name, folder) {
  cpSync(join(ROOT, folder), join(BUNDLE, name), { recursive: true });
  const files = readdirSync(join(BUNDLE, name), { recursive: true, withFileTypes: true });
  return files.filter((one) => one.isFile()).map((one) => relative(BUNDLE, join(one.parentPath, one.name)));
}

function skipUncalled(id) {
  return id.startsWith(NEVER_CALLED) ? { id: `\0${NEVER_CALLED}` } : null;
}

function loadUncalled(id) {
  if (id !== `\0${NEVER_CALLED}`) return null;
  return 'export default function parse() { throw new Error("phone numbers are not part of the bundle"); }';
}

function writeInAscii(_, bundle) {
  for (const file of Object.values(bundle)) if (file.type === 'chunk') file.code = inAscii(file.code);
}

/** Everything that is not ASCII as an escape, which means the same in strings, expressions and names. */
function inAscii(code) {
  if (/\\[^\0-\x7f]|String\.raw`[^`]*[^\0-\x7f]/.test(code))
    throw new Error('An escape would change the meaning of what is written with a backslash before it');
  return code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A running server may still load a file of the bundle before: only what this one replaced goes. */
function removeAllBut(written) {
  for (const name of readdirSync(BUNDLE, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    const path = join(name.parentPath, name.name);
    if (!written.has(path.slice(BUNDLE.length + 1))) rmSync(path);
  }
}
