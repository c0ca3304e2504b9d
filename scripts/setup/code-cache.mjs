import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from './files.mjs';
import { say } from './report.mjs';

const RECORDER = join(ROOT, 'dist/bundle/record-code-cache.js');
const WITHIN_MS = 60_000;
/** What a client asks first. */
const MESSAGES = [
  {
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'setup', version: '1' } },
  },
  { method: 'notifications/initialized' },
  { id: 2, method: 'tools/list', params: {} },
].map((message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

/**
 * Lets V8 keep what it makes of the bundle: starts the server in an empty folder, and asks what a client asks first.
 * Without it the server works and takes longer to start, so that a failure is said and is none.
 */
export async function makeCodeCache() {
  if (!existsSync(RECORDER)) return;
  const folder = mkdtempSync(join(tmpdir(), 'code-cache-'));
  const forget = () => rmSync(folder, { recursive: true, force: true });
  const ended = () => {
    forget();
    process.exit(1);
  };
  process.once('SIGTERM', ended);
  try {
    await record(folder, ['serve', '--port', '0'], (server) =>
      server.stdout.once('data', () => server.kill('SIGTERM')),
    );
    // The last one decides what is read at each start: standard input and output, where a client waits.
    await record(folder, ['stdio'], (server) => server.stdin.end(MESSAGES.join('')));
  } catch (error) {
    say(`no code cache could be made, so each start takes longer: ${error.message}`);
  } finally {
    process.off('SIGTERM', ended);
    forget();
  }
}

async function record(folder, words, talk) {
  const server = spawn(process.execPath, [RECORDER, ...words, '--repository', folder], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      TMPDIR: folder,
      MCP_GIT_LOG_LEVEL: 'warn',
      MCP_GIT_SERVER_SUPERVISED: 'false',
    },
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    timeout: WITHIN_MS,
    killSignal: 'SIGKILL',
  });
  let said = '';
  server.stderr.on('data', (chunk) => (said += chunk));
  server.stdin.on('error', () => undefined);
  talk(server);
  server.stdout.resume();
  const [code, signal] = await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('close', (...end) => resolve(end));
  });
  if (code !== 0) throw new Error(`${words[0]} ended with ${code ?? signal}\n${said}`);
}
