import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { ROOT } from '../setup/files.mjs';

const START_LIMIT_MS = 60_000;
const END_LIMIT_MS = 15_000;

/**
 * Starts a server on a free port of the loopback address and waits until it says where it listens.
 *
 * @param words the program and its arguments, after `node`
 * @returns its URL and how to end it; ending it twice is harmless
 * @throws Error with what it printed, where it does not listen
 */
export async function startServer(words) {
  const child = spawn(process.execPath, words, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  let output = '';
  const listening = new Promise((resolve, reject) => {
    const read = (chunk) => {
      output += chunk;
      const url = /listens on (http:\/\/[^\s"]+)/.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${output}`)));
    setTimeout(() => reject(new Error(`the server does not listen:\n${output}`)), START_LIMIT_MS).unref();
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const last = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
    await exited;
    clearTimeout(last);
  };
  try {
    return { url: await listening, stop, output: () => output };
  } catch (error) {
    await stop();
    throw error;
  }
}
