// npm ignores the overrides of a package that is installed as a dependency, and nodegit asks for nan by the address of
// a git repository, which only our override turns into a package of the registry. A shrinkwrap would say the same, but
// npm 11 takes notice of one only where a registry announces it. So nodegit travels inside the package, sources and
// all, and is compiled where it is installed (scripts/install-addon.mjs).
//
// Only while the package is packed (prepack) our manifest says so, and nodegit's asks for the nan that is there and
// leaves out what was compiled here or is never compiled; --restore (postpack) undoes it. In our manifest it cannot
// stay: npm runs no install script of a bundled package, in a clone of ours either.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const packed = !process.argv.includes('--restore');
const ours = readManifest('package.json');
const nodegit = readManifest('node_modules/nodegit/package.json');
const askedByNodegit = 'axosoft/nan#v2.26.2-axosoft.0';

const COMPILED = ['binding.gyp', 'include', 'lib', 'lifecycleScripts', 'src', 'utils', 'vendor'];
const NEVER_COMPILED = ['tests', 'fuzzers', 'examples', 'docs', 'ci'].map(
  (name) => `!vendor/libgit2/${name}`,
);
const LEFT_BY_CONFIGURE = [
  'Makefile',
  'config.log',
  'config.status',
  'libtool',
  '.deps',
  'libssh2.pc',
  'stamp-h1',
  'libssh2_config.h',
].map((name) => `!vendor/libssh2/**/${name}`);

if (![askedByNodegit, ours.overrides.nan].includes(nodegit.dependencies.nan)) {
  throw new Error(`nodegit asks for another nan, ${nodegit.dependencies.nan}: the override has to follow`);
}

delete ours.bundleDependencies;
delete nodegit.files;
nodegit.dependencies.nan = packed ? ours.overrides.nan : askedByNodegit;
if (packed) {
  ours.bundleDependencies = ['nodegit'];
  nodegit.files = [...COMPILED, ...NEVER_COMPILED, ...LEFT_BY_CONFIGURE];
}
writeManifest('package.json', ours);
writeManifest('node_modules/nodegit/package.json', nodegit);

function readManifest(path) {
  return JSON.parse(readFileSync(join(root(), path), 'utf8'));
}

function writeManifest(path, manifest) {
  writeFileSync(join(root(), path), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

function root() {
  return join(import.meta.dirname, '..');
}
