import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../setup/files.mjs';

const LIMIT_MS = 120_000;
const SCENARIO = /^[✓✗] ([\w-]+): \d+ passed, \d+ failed$/gmu;
const NOT_SCORED = /^ {2}[✓✗] ([\w-]+) \([\w-]+\)$/gmu;

/**
 * Runs one suite against a server.
 *
 * @returns its exit code, what it printed, and per scenario whether it is scored and its checks with id and status
 * @throws Error where it does not end in two minutes
 */
export async function runSuite({ entry, args }, url) {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  try {
    const hook = join(ROOT, 'scripts/conformance-node20.mjs');
    const words = [entry, 'server', '--url', `${url}/mcp`, '--output-dir', folder, ...args];
    const { code, output } = await execute(['--import', hook, ...words]);
    const names = [...output.matchAll(SCENARIO)].map(([, name]) => name);
    const notScored = new Set([...output.matchAll(NOT_SCORED)].map(([, name]) => name));
    const scenarios = names.map((name) => ({
      name,
      isScored: !notScored.has(name),
      checks: checksOf(folder, name),
    }));
    return { code, output, scenarios };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function failedChecks({ checks }) {
  return checks.filter(({ status }) => status === 'FAILURE');
}

export function passedChecks({ checks }) {
  return checks.filter(({ status }) => status === 'SUCCESS');
}

// A scenario's folder is its name between the mode and the time.
function checksOf(folder, name) {
  const isOf = new RegExp(`^(?:server-)?${name}-\\d{4}-\\d\\d-\\d\\dT`);
  const found = readdirSync(folder).filter((entry) => isOf.test(entry));
  return found.flatMap((entry) => JSON.parse(readFileSync(join(folder, entry, 'checks.json'), 'utf8')));
}

function execute(args) {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the suite did not end in ${LIMIT_MS / 1000} seconds:\n${output}`));
    }, LIMIT_MS);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}
