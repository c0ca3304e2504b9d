import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

export const ROOT = join(import.meta.dirname, '../..');
const ADDON = 'nodegit/build/Release/nodegit.node';
const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 60_000;

/** Runs the proof in an empty folder that is gone afterwards. */
export async function prove(title, proof) {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-git-proof-'));
  try {
    await proof(folder);
    console.log(`proved: ${title}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns standard output. @throws where the command fails or takes longer than ten minutes */
export function run(program, args, { cwd, env = process.env }) {
  return execFileSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 600_000,
    maxBuffer: 64 * 2 ** 20,
  });
}

/** The proof is of what is shipped, not of the compiler: it reuses the addon that this very nodegit became here. */
export function copyCompiledAddon(nodeModules) {
  mkdirSync(dirname(join(nodeModules, ADDON)), { recursive: true });
  cpSync(join(ROOT, 'node_modules', ADDON), join(nodeModules, ADDON));
}

/**
 * Starts the server, hands its address to `check`, ends it with SIGTERM and expects exit code 0.
 * The server gets only the environment that is given here.
 */
export async function withServer(program, args, { cwd, env }, check) {
  const server = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  try {
    await check(await addressOf(server));
    server.kill('SIGTERM');
    const [code, signal] = await within(STOP_DEADLINE_MS, ended, 'the server did not end after SIGTERM');
    expect(code === 0, `the server ended with ${code ?? signal} after SIGTERM`);
  } finally {
    server.kill('SIGKILL');
  }
}

export function expect(claim, otherwise) {
  if (!claim) throw new Error(otherwise);
}

async function addressOf(server) {
  const lines = createInterface({ input: server.stdout });
  const found = (async () => {
    for await (const line of lines) {
      const [, url] = /listens on (http:\S+)/.exec(line) ?? [];
      if (url) return url;
    }
    throw new Error('the server ended without saying where it listens');
  })();
  return within(START_DEADLINE_MS, found, 'the server did not say where it listens');
}

function within(ms, promise, otherwise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
