// Makes a fresh clone ready to start (npm start) or to test (npm test): system packages, dependencies with the compiled
// addon, compiled sources. Needs nothing but Node and npm. What is done is not done again: a repeated run compares
// fingerprints and ends.
import { reportTo } from './setup/report.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { compileSources } from './setup/sources.mjs';
import { installSystemPackages } from './setup/system-packages.mjs';
import { provideSshServer } from './setup/ssh-server.mjs';

const forTests = process.argv.includes('--test');

try {
  installSystemPackages({ forTests });
  if (forTests) provideSshServer();
  installDependencies();
  compileSources();
} catch (error) {
  reportTo(process.stderr, error);
  process.exitCode = 1;
}
