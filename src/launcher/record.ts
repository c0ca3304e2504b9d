import { ScriptLoader } from './script-loader.js';

// Runs a command as the launcher does, and keeps at its end what has been compiled for it (scripts/setup/code-cache.mjs).
const loader = new ScriptLoader(import.meta.dirname);
process.once('exit', () => loader.keepCompiled());
loader.load('server.cjs');
