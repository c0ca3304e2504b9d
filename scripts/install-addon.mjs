// Runs where the package is installed. nodegit travels inside it (scripts/prepare-package.mjs), and npm runs no install
// script of a package that travels inside another one, so this one compiles it. Nothing happens in a clone, where
// npm or the set-up has compiled it.
import { addonLoads, compileAddon, isAddonCompiled } from './setup/addon.mjs';
import { reportTo } from './setup/report.mjs';
import { requireCompiler } from './setup/system-packages.mjs';

try {
  if (!isAddonCompiled() || !addonLoads()) {
    requireCompiler();
    compileAddon();
  }
} catch (error) {
  reportTo(process.stderr, error);
  process.exitCode = 1;
}
