// Runs where the package is installed: what V8 keeps of the bundle belongs to one version of Node, and so is made there.
// Nothing happens in a clone that is not built; `npm run build` does it itself.
import { makeCodeCache } from './setup/code-cache.mjs';

await makeCodeCache();
