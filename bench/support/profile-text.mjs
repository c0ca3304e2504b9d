import { PART_NAMES } from './profile-parts.mjs';

/** What less time is spent on in every load is left to the rest. */
const LEAST_SHARE = 0.01;
const MISSED_CALLS = /^(git_\w+), (HTTP|stdio|WebSocket), 8 in flight(, nothing kept)?(?:, ([\d,]+) files)?$/;
/** As `mcp.mjs` has it where a row does not say. */
const USUAL_FILES = 1_000;
const DOORS = ['HTTP', 'WebSocket', 'stdio'];

/** @returns the loads whose profiles explain what is missed: one of each tool and size, through the first door of it */
export function loadsOf(missed) {
  const loads = new Map();
  const found = missed.map(({ what }) => MISSED_CALLS.exec(what)).filter(Boolean);
  for (const door of DOORS)
    for (const [, tool, , none, count] of found.filter(([, , one]) => one === door)) {
      const load = {
        tool,
        door,
        kept: none === undefined,
        files: Number(count?.replaceAll(',', '') ?? USUAL_FILES),
      };
      const key = [tool, load.kept, load.files].join();
      if (!loads.has(key)) loads.set(key, load);
    }
  return [...loads.values()];
}

/** @returns Markdown: microseconds for a call by part, a column for each load */
export function profileTable(profiles) {
  const busy = profiles.map(({ micros }) => sumOf(Object.values(micros)));
  const shown = PART_NAMES.filter((part) =>
    profiles.some(({ micros }, index) => micros[part] >= LEAST_SHARE * busy[index]),
  );
  const left = profiles.map(
    ({ micros }, index) => busy[index] - shown.reduce((sum, part) => sum + micros[part], 0),
  );
  const rows = [
    ['', ...profiles.map(titleOf)],
    ['---', ...profiles.map(() => '---:')],
    ...shown.map((part) => [
      part,
      ...profiles.map(({ micros }, index) => timeText(micros[part], busy[index])),
    ]),
    ['less than a hundredth each', ...left.map((time, index) => timeText(time, busy[index]))],
    ['**the event loop, for a call**', ...busy.map((time) => `**${Math.round(time)}**`)],
    ['calls a second', ...profiles.map(({ perSecond }) => Math.round(perSecond))],
    ['workers and git beside it', ...profiles.map(({ beside }) => Math.round(beside))],
  ];
  return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function titleOf({ tool, door, kept, files }) {
  return `${tool}, ${door}${kept ? '' : ', nothing kept'}, ${files.toLocaleString('en')} files`;
}

function timeText(micros, all) {
  return `${Math.round(micros)} (${Math.round((100 * micros) / all)} %)`;
}

function sumOf(values) {
  return values.reduce((sum, value) => sum + value, 0);
}
