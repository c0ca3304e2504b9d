import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { type DiagnosisReport, type Finding } from '../../src/diagnostics/finding.js';

const CLI = fileURLToPath(new URL('../../dist/bundle/cli.js', import.meta.url));

export interface CliOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as an operator does, with nothing in its environment but what is given. */
export function runCli(
  words: readonly string[],
  { env = {}, stdin = '' }: { env?: Readonly<Record<string, string>>; stdin?: string } = {},
): Promise<CliOutcome> {
  const child = spawn(process.execPath, [CLI, ...words], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined).end(stdin);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** What `doctor` says of one check. */
export async function doctor(check: string, words: readonly string[]): Promise<Finding> {
  const section = check.split('.', 1)[0] ?? '';
  const { stdout, stderr } = await runCli(['doctor', '--json', '--only', section, ...words]);
  if (!stdout.startsWith('{')) throw new Error(`doctor did not report: ${stderr}`);
  const { findings } = JSON.parse(stdout) as DiagnosisReport;
  const found = findings.find((one) => one.check === check);
  if (!found)
    throw new Error(`doctor says nothing of ${check}: ${findings.map((one) => one.check).join(', ')}`);
  return found;
}

/** The words of a cure's command, as a shell would take them apart. */
export function commandOf({ cures = [] }: Finding, start: string): readonly string[] {
  const command = cures
    .map((cure) => cure.command ?? '')
    .find((one) => one.startsWith(`mcp-git-server ${start}`));
  if (command === undefined) throw new Error(`no cure starts with ${start}: ${JSON.stringify(cures)}`);
  return command.split(' ').slice(1);
}

export function settingOf({ cures = [] }: Finding, key: string): string {
  const setting = cures.map((cure) => cure.setting ?? '').find((one) => one.startsWith(`${key}=`));
  if (setting === undefined) throw new Error(`no cure sets ${key}: ${JSON.stringify(cures)}`);
  return setting.slice(key.length + 1);
}
