// npm ignores the overrides of a package that is installed as a dependency, and nodegit asks for nan by the address of
// a git repository, which only our override turns into a package of the registry. A shrinkwrap would say the same, but
// npm 11 takes notice of one only where a registry announces it. So nodegit travels inside the package, sources and
// all, and is compiled where it is installed. While the package is packed (prepack) nodegit's own manifest asks for the
// nan that is there, and what was compiled here or is never compiled stays out; --restore (postpack) undoes both.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const manifestPath = join(root, 'node_modules/nodegit/package.json');
const { overrides } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
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
];

const { files: _, ...manifest } = JSON.parse(readFileSync(manifestPath, 'utf8'));
if (![askedByNodegit, overrides.nan].includes(manifest.dependencies.nan)) {
  throw new Error(`nodegit asks for another nan, ${manifest.dependencies.nan}: the override has to follow`);
}

const packed = !process.argv.includes('--restore');
manifest.dependencies.nan = packed ? overrides.nan : askedByNodegit;
const files = packed
  ? {
      files: [
        ...COMPILED,
        ...NEVER_COMPILED,
        ...LEFT_BY_CONFIGURE.map((name) => `!vendor/libssh2/**/${name}`),
      ],
    }
  : {};
writeFileSync(manifestPath, `${JSON.stringify({ ...manifest, ...files }, undefined, 2)}\n`);
