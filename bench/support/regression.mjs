import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { median } from './processes.mjs';

const BASELINE = join(import.meta.dirname, '../results/short.json');
/** Three standard deviations: of a hundred rows one in ten runs is worse by chance, and not twice in a row. */
const DEVIATIONS = 3;
/** Ten runs on one machine on one day know little of other machines and days. */
const LEAST_MARGIN = 1.25;
/** Of what a row may be at most: where it was nothing, a factor allows nothing. */
const NEXT_TO_NOTHING = 0.05;

/** @returns the rows that noise has been measured of. @throws Error where there are none */
export function readBaseline() {
  if (!existsSync(BASELINE))
    throw new Error('there is nothing to compare with: npm run bench:noise makes it');
  return JSON.parse(readFileSync(BASELINE, 'utf8'));
}

/** Keeps these rows, and those that are there of other sections. */
export function writeBaseline(rows) {
  const sections = new Set(rows.map(({ section }) => section));
  const others = existsSync(BASELINE) ? readBaseline().filter(({ section }) => !sections.has(section)) : [];
  writeFileSync(BASELINE, `${JSON.stringify([...others, ...rows], null, 2)}\n`);
}

/**
 * @param runs of the short form, each a list of sections
 * @returns for each row the median of its ratios, and the factor by which a run may be worse. It is what noise explains:
 *   so many standard deviations of the logarithms of the ratios, of the row or of all rows of its section, whichever is
 *   more, since few runs can make a row look calmer than it is
 */
export function baselineRows(runs) {
  const rows = new Map();
  for (const [key, { section, what, against, target, ratio }] of runs.flatMap((run) => [...rowsOf(run)])) {
    const row = rows.get(key) ?? { section, what, against, target, found: [] };
    row.found.push(ratio);
    rows.set(key, row);
  }
  const measured = [...rows.values()].map((row) => ({ ...row, variance: varianceOf(row.found) }));
  return measured.map(({ found, variance, ...row }) => {
    const beside = measured.filter(({ section }) => section === row.section);
    const deviation = Math.sqrt(Math.max(variance, mean(beside.map((one) => one.variance))));
    const margin = Number(Math.max(LEAST_MARGIN, Math.exp(DEVIATIONS * deviation)).toFixed(2));
    return { ...row, runs: found.length, ratio: median(found), margin };
  });
}

/** @returns what is worse in these sections by more than its margin, or was not measured in them */
export function losses(baseline, sections) {
  const now = rowsOf(sections);
  const measured = new Set(sections.map(({ name }) => name));
  return baseline
    .filter(({ section }) => measured.has(section))
    .flatMap((before) => {
      const after = now.get(keyOf(before));
      const { section, what, against, ratio, margin } = before;
      if (after === undefined) return [{ section, what, against, text: `${what} was not measured` }];
      if (!isWorse(before, after)) return [];
      return [
        {
          section,
          what,
          against,
          text: `${what} was ${ratio}, is ${after.ratio}; noise explains a factor of ${margin}`,
        },
      ];
    });
}

function rowsOf(sections) {
  const rows = sections.flatMap(({ name, rows }) => rows.map((row) => ({ ...row, section: name })));
  return new Map(rows.map((row) => [keyOf(row), row]));
}

function keyOf({ section, what, against }) {
  return [section, what, against].join('\0');
}

function isWorse({ ratio, margin, target }, after) {
  if (target.atMost === undefined) return after.ratio < ratio / margin;
  return after.ratio > ratio * margin + target.atMost * NEXT_TO_NOTHING;
}

/** Of the logarithms; a ratio of nothing has none and counts as a thousandth. */
function varianceOf(ratios) {
  const logarithms = ratios.map((ratio) => Math.log(Math.max(ratio, 1e-3)));
  const middle = mean(logarithms);
  return logarithms.reduce((sum, one) => sum + (one - middle) ** 2, 0) / Math.max(1, ratios.length - 1);
}

function mean(values) {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}
