export function isKept({ ratio, target: { atLeast, atMost } }) {
  if (atLeast !== undefined) return ratio >= atLeast;
  return atMost === undefined ? undefined : ratio <= atMost;
}

/** Why a target is missed, as far as it is known. */
const REASONS = [
  [/^ping/, 'The quartiles lie on both sides of the target: other work ran beside it.'],
  [
    /^start to the first/,
    'With V8’s code cache (decision 0007) what is left is about half running modules and making the application, the rest reading the configuration, describing the tools, and Node itself.',
  ],
  [
    /^git_(log|show).*in flight/,
    'The answer is known and costs a fraction of a millisecond; what is measured is the protocol, the door and the client, which both servers have.',
  ],
  [
    /^git_.*files/,
    'Asked through a worker or a small process beside the server, where git alone is one process: on busy processors each waits for its turn. See the load.',
  ],
];

/** @param plot of a section, where there are any */
export function markdown({ machine, at, sections }, plot) {
  const rows = sections.flatMap((section) => section.rows);
  const promised = rows.filter(({ kept }) => kept !== undefined);
  const missed = promised.filter(({ kept }) => !kept);
  return `# Performance

Written by \`npm run bench\` at ${at}. Every figure is a ratio against a peer or a limit that was measured in the same
rounds: the median over the rounds, and in brackets the quartiles. ${promised.length - missed.length} of ${promised.length} targets are kept.

${Object.entries(machine)
  .map(([name, value]) => `- ${name}: ${value}`)
  .join('\n')}

The load is the number of processes that wanted a processor in the minute before and after a bench. Above the number of
processors other work ran beside it: what costs the least time of its own then waits the longest in proportion.

${sections.map((section) => sectionText(section, plot)).join('\n')}
${missedText(missed)}`;
}

function missedText(missed) {
  if (missed.length === 0) return '';
  const reasons = new Map();
  for (const { what } of missed) {
    const reason = REASONS.find(([pattern]) => pattern.test(what))?.[1] ?? 'Not looked into.';
    reasons.set(reason, [...(reasons.get(reason) ?? []), what]);
  }
  const lines = [...reasons].map(([reason, rows]) => `- ${rows.join('; ')}. ${reason}`);
  return `## What is missed\n\n${lines.join('\n')}\n`;
}

function sectionText(section, plot) {
  const { title, load, rows } = section;
  const head = `## ${title}\n\nLoad ${load.join(' before, ')} after.\n`;
  if (rows.length === 0) return `${head}\nNothing was measured.\n`;
  const lines = rows.map(
    ({ what, against, ratio, low, high, target, kept }) =>
      `| ${what} | ${against} | ${ratio} (${low} to ${high}) | ${targetText(target)} | ${kept === undefined ? '' : kept ? 'kept' : 'missed'} |`,
  );
  const table = ['| what | against | ratio | target |  |', '| --- | --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
  return `${head}\n${plot === undefined ? '' : `${plot(section)}\n\n`}${table}\n`;
}

function targetText({ atLeast, atMost }) {
  if (atLeast !== undefined) return `at least ${Number(atLeast.toFixed(2))}`;
  return atMost === undefined ? '' : `at most ${atMost}`;
}
