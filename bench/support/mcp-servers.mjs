import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { stdioPeer } from './mcp-peers.mjs';

export const CLI = fileURLToPath(new URL('../../dist/bundle/cli.js', import.meta.url));
const OTHER = fileURLToPath(import.meta.resolve('@cyanheads/git-mcp-server'));

/** @cyanheads/git-mcp-server over stdio; `close` ends it. */
export function startOther() {
  return stdioPeer([OTHER], { MCP_TRANSPORT_TYPE: 'stdio', MCP_LOG_LEVEL: 'error' });
}

/** The words of a command line. @param settings by key */
export function flagsOf(repository, settings) {
  return [
    '--repository',
    repository,
    ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
  ];
}

/** Our server on a free port, listening; `stop` ends it. @param options words for Node, and another file to run */
export async function serve(flags, { node = [], cli = CLI } = {}) {
  const child = spawn(process.execPath, [...node, cli, 'serve', '--port', '0', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const found = /listens on (http:\/\/\S+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error('the server did not start')));
  });
  const stop = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return { url, pid: child.pid, stop };
}
