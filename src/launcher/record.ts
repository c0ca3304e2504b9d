import { ScriptLoader } from './script-loader.js';

// Runs a command as the launcher does, and keeps at its end what has been compiled for it (scripts/setup/code-cache.mjs).
// Whoever asked for it may have been killed, even while this was loaded, and a server that nobody talks to would stay.
const end = () => process.kill(process.pid, 'SIGKILL');
process.once('disconnect', end);
if (!process.connected) end();
process.channel?.unref();
const loader = new ScriptLoader(import.meta.dirname);
process.once('exit', () => loader.keepCompiled());
loader.load('server.cjs');
