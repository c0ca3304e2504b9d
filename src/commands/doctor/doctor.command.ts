import { createInterface } from 'node:readline/promises';

import { ConfigFaults } from '../../config/config-fault.js';
import { ADMIN_TOKEN_VARIABLE } from '../../config/environment.source.js';
import { processEnvironment } from '../../config/environment.js';
import {
  type Cure,
  type DiagnosisReport,
  type Finding,
  type Section,
  SECTIONS,
  worstOf,
} from '../../diagnostics/finding.js';
import type { CommandLine } from '../command-line.js';
import { EXIT } from '../exit-codes.js';
import { configOf } from '../line-config.js';
import { AdminApi } from '../operator/admin-api.js';
import { adminApiOf } from '../operator/operator.command.js';
import { UsageError } from '../usage.error.js';
import { ConnectionProbe } from './connection.probe.js';
import { examineMachine } from './examine-machine.js';
import { examineServer, isServing } from './examine-server.js';
import { renderReport } from './render-report.js';
import { someRepository } from './some-repository.js';

const EXIT_OF = { ok: EXIT.ok, warning: EXIT.questionable, failed: EXIT.failed } as const;

/**
 * Looks at this machine, and at the server where one answers; prints what it found and what helps. With --url only the
 * server is looked at. The exit code is 0, 2 for warnings, 1 for failures.
 */
export async function runDoctor(line: CommandLine): Promise<void> {
  const { words, options } = line;
  if (words.length > 0) throw new UsageError(`doctor takes no words: ${words.join(' ')}`);
  const only = sectionOf(options.only);
  let report = await examine(line, only);
  if (options.fix === true && (await fix(line, report))) report = await examine(line, only);
  const environment = processEnvironment();
  const coloured = process.stdout.isTTY && (environment['NO_COLOR'] ?? '') === '';
  process.stdout.write(
    options.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : renderReport(report, coloured),
  );
  process.exitCode = EXIT_OF[report.verdict];
}

async function examine(line: CommandLine, only: Section | undefined): Promise<DiagnosisReport> {
  const ofMachine = line.options.url === undefined ? await examineMachine(line, only) : [];
  const told = await ofServer(line, only);
  // What a configuration would do and what the running server does are the same check: the server knows better.
  const found = [...ofMachine.filter(({ check }) => !told.some((one) => one.check === check)), ...told];
  const findings = only === undefined ? found : found.filter(({ section }) => section === only);
  return { verdict: worstOf(findings), at: new Date().toISOString(), findings };
}

async function ofServer(line: CommandLine, only: Section | undefined): Promise<readonly Finding[]> {
  const api = apiOf(line);
  // Nobody said that a server should run: that none does is no failure then.
  if (api === undefined || (line.options.url === undefined && !(await isServing(api.url)))) return [];
  const token = processEnvironment()[ADMIN_TOKEN_VARIABLE];
  const connects = only === undefined || only === 'connection';
  const connection = connects
    ? await new ConnectionProbe(api.url, token, await knownRepository(line)).run()
    : [];
  const reached = connection.every(
    ({ check, verdict }) => check !== 'connection.tcp' || verdict !== 'failed',
  );
  return [...connection, ...(reached ? await examineServer(api, only) : [])];
}

/** Another server than that of this configuration has roots of its own, unless --repository names some. */
async function knownRepository(line: CommandLine): Promise<string | undefined> {
  const named = line.settings.some(({ key }) => key === 'git.roots');
  return line.options.url === undefined || named
    ? someRepository(configOf(line).config.git.roots)
    : undefined;
}

/** A configuration with faults names no server; they are among the findings of the machine. */
function apiOf(line: CommandLine): AdminApi | undefined {
  try {
    return adminApiOf(line);
  } catch (error) {
    if (error instanceof ConfigFaults) return undefined;
    throw error;
  }
}

/** @returns whether anything was done */
async function fix(line: CommandLine, { findings }: DiagnosisReport): Promise<boolean> {
  const cures = findings.flatMap(({ check, cures: all = [] }) =>
    all.filter(({ safe, call }) => safe && call).map((cure) => ({ check, cure })),
  );
  let done = false;
  for (const { check, cure } of cures) {
    if (!(await agreed(line, check, cure)) || cure.call === undefined) continue;
    const { method, path, body } = cure.call;
    await adminApiOf(line).call(method, path, body);
    process.stderr.write(`done: ${cure.what}\n`);
    done = true;
  }
  if (cures.length === 0) process.stderr.write('there is nothing that can be cured safely from here\n');
  return done;
}

async function agreed(
  { options }: CommandLine,
  check: string,
  { what, command = '' }: Cure,
): Promise<boolean> {
  if (options.yes === true) return true;
  if (!process.stdin.isTTY) throw new UsageError('--fix asks before each cure; without a terminal say --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${check}: ${what} (${command})? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

function sectionOf(name: string | undefined): Section | undefined {
  if (name === undefined) return undefined;
  const section = SECTIONS.find((one) => one === name);
  if (section) return section;
  throw new UsageError(`--only is one of ${SECTIONS.join(', ')}`);
}
