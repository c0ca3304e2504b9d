const WIDTH = 860;
const NAMES = 330;
const ROW = 22;
const TOP = 34;
const KEPT = '#2f7d4f';
const MISSED = '#b3402e';
const FREE = '#5b6b7b';

/** What a scale of logarithms shows of nothing. */
const LEAST = 1e-3;

const escape = (text) => text.replace(/[<>&"]/g, (character) => `&#${character.codePointAt(0)};`);

/** Ratios as bars on a logarithmic scale with 1 marked, their quartiles as a line, and what is promised as a tick. */
export function ratioChart(title, rows) {
  const bounds = rows.flatMap(({ low, high, target }) => [
    low,
    high,
    target.atLeast ?? target.atMost ?? 1,
    1,
  ]);
  const from = Math.log10(Math.max(LEAST, Math.min(...bounds))) - 0.1;
  const to = Math.log10(Math.max(...bounds)) + 0.15;
  const x = (ratio) =>
    (NAMES + ((Math.log10(Math.max(LEAST, ratio)) - from) / (to - from)) * (WIDTH - NAMES - 60)).toFixed(1);
  const height = TOP + rows.length * ROW + 12;
  const peers = new Set(rows.map(({ against }) => against));
  const named = rows.map((row) => ({
    ...row,
    name: peers.size > 1 ? `${row.what} / ${row.against}` : row.what,
  }));
  const bars = named.map((row, index) => bar(row, TOP + index * ROW, x));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="10" y="20" font-size="14" font-weight="bold">${escape(title)}</text>
<line x1="${x(1)}" x2="${x(1)}" y1="${TOP - 6}" y2="${height - 8}" stroke="#999999" stroke-dasharray="3 3"/>
${bars.join('\n')}
</svg>
`;
}

function bar({ name, ratio, low, high, target, kept }, y, x) {
  const colour = kept === undefined ? FREE : kept ? KEPT : MISSED;
  const [left, right] = [x(Math.min(1, ratio)), x(Math.max(1, ratio))];
  const promised = target.atLeast ?? target.atMost;
  const tick =
    promised === undefined
      ? ''
      : `<line x1="${x(promised)}" x2="${x(promised)}" y1="${y}" y2="${y + 16}" stroke="#000000" stroke-width="2"/>`;
  return `<text x="10" y="${y + 12}">${escape(name)}</text>
<rect x="${left}" y="${y + 2}" width="${Math.max(1, right - left).toFixed(1)}" height="12" fill="${colour}"/>
<line x1="${x(low)}" x2="${x(high)}" y1="${y + 8}" y2="${y + 8}" stroke="#222222"/>${tick}
<text x="${Number(x(Math.max(1, ratio, high))) + 6}" y="${y + 12}">${ratio}</text>`;
}
