// Writes docs/reliability.md from a report of the suite of faults:
//
//   npm run test:faults -- --report docs/reliability.json && node scripts/write-reliability.mjs
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import { FAULT_REMARKS, FAULT_ROWS } from './docs/fault-rows.mjs';

const root = join(import.meta.dirname, '..');
const scenarios = JSON.parse(readFileSync(join(root, 'docs/reliability.json'), 'utf8'));
const filepath = join(root, 'docs/reliability.md');

const lines = [
  '# Reliability',
  '',
  'The faults that the server is made to survive, each with what proves it. `npm run test:faults` provokes those with',
  'figures against the server as it is shipped and runs with every change; `-- --long` has 20 rounds of each restart,',
  'a million hostile connections, a million messages of each dialect, a diff of 1 GiB, and a soak of two hours. By the rates',
  'of the short form that is about four hours in all; each scenario has a time limit of its own. What needs a right that',
  'the account does not have is skipped and said to be.',
  'The rest is proved by `npm test`, in the files named.',
  '',
  'The figures below are of the last run that was written down (`docs/reliability.json`), of the short form unless said',
  'otherwise. Times are those of a machine with two cores that the tests share with the server.',
  '',
  '| Fault | Scenario or file | Figure | Measured | Allowed |',
  '| --- | --- | --- | --- | --- |',
  ...FAULT_ROWS.flatMap(rowsOf),
  '',
  '## Remarks on the limits',
  '',
  ...FAULT_REMARKS.map(([row, remark]) => `- Row ${row}: ${remark}`),
  '',
];
const options = { ...(await resolveConfig(filepath)), filepath };
writeFileSync(filepath, await format(lines.join('\n'), options));

function rowsOf([row, fault, proof]) {
  if (typeof proof === 'string') return [line(`${row}. ${fault}`, proof, '', '', '')];
  const missing = proof.filter((path) => !existsSync(join(root, path)));
  if (missing.length > 0) throw new Error(`no such file: ${missing.join(', ')}`);
  const measured = scenarios.filter((scenario) => scenario.row === row);
  const rows = [...measured.flatMap(scenarioRows), ...proof.map((path) => ['`' + path + '`', '', '', ''])];
  if (rows.length === 0) throw new Error(`nothing proves row ${row}: ${fault}`);
  return rows.map((cells, index) => line(index === 0 ? `${row}. ${fault}` : '', ...cells));
}

function scenarioRows({ name, state, note, figures }) {
  if (state !== 'passed') return [[name, `**${state}**${note ? `: ${note}` : ''}`, '', '']];
  return figures.map((figure, index) => [
    index === 0 ? name : '',
    figure.name,
    measuredText(figure),
    figure.limit === '' ? '' : `${figure.limit} ${figure.unit}`.trim(),
  ]);
}

/** What was missed in a scenario that passed was missed at the first try, and is not to look like a figure that is kept. */
function measuredText({ value, unit, limit }) {
  const text = `${value} ${unit}`.trim();
  return isKept(value, limit) ? text : `**${text}**, and tried again`;
}

function isKept(value, limit) {
  const [relation, number] = limit.split(' ');
  if (relation === '<=') return value <= Number(number);
  if (relation === '>=') return value >= Number(number);
  return relation !== '=' || value === Number(number);
}

function line(...cells) {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
