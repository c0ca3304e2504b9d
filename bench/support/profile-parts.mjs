/** Where a function lies, and the part of a call that it belongs to; the first that fits counts. */
const PARTS = [
  ['collecting garbage', /^\(garbage collector\)$/],
  ['reading files', /^node:(internal\/)?fs|^git\/(file-signature|refs-signature)|^git\/objects\/open-file/],
  ['inflating objects', /^node:zlib|^git\/objects\/(small-)?inflate|^git\/objects\/prefix-code/],
  [
    'finding objects in packs',
    /^git\/objects\/(object\.reader|pack|delta)|^git\/libgit2\/(tree|commit)\.parser/,
  ],
  ['comparing and printing patches', /^git\/(objects|patch-text|libgit2|merge)/],
  [
    'the door: queue, locks, breakers, sessions',
    /^(resilience|sessions|resources|auth|gateway|heartbeat|git\/locks)\//,
  ],
  ['what was asked: names, settings, what is kept', /^(git|config)\//],
  ['validation and tools', /^(validation|tools|shared)\/|class-(validator|transformer)/],
  ['metrics and log', /^observability\/|prom-client|pino/],
  ['MCP: messages and schemas', /^mcp\/|@modelcontextprotocol|zod/],
  [
    'the socket: HTTP, WebSocket, pipes',
    /^node:(net|_?http|stream|internal\/(streams|stream_base|js_stream|http|webstreams|child_process|readline))|(^|\/)(ws|express|router|body-parser|finalhandler|raw-body|send|qs)(\/|$)|platform-(ws|express)/,
  ],
  [
    'promises, signals and timers',
    /^node:(internal\/(timers|process|abort_controller|event_target|async|promise|util)|timers|events|buffer|async_hooks)/,
  ],
  ['the kernel, and V8 itself', /^\(program\)$|^\(root\)$/],
];
const IDLE = '(idle)';
const REST = 'everything else';

export const PART_NAMES = [...PARTS.map(([name]) => name), REST];

/**
 * @param profile of V8
 * @param from,to monotonic time in microseconds; what was sampled outside of them does not count
 * @returns microseconds by part, those in which there was nothing to do left out
 */
export function timeByPart({ nodes, samples, timeDeltas, startTime }, from, to) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const node of nodes) for (const child of node.children ?? []) byId.get(child).parent = node;
  const parts = new Map(nodes.map((node) => [node.id, partOf(node)]));
  const times = new Map(PART_NAMES.map((name) => [name, 0]));
  let at = startTime;
  for (const [index, id] of samples.entries()) {
    // A sample says what has run until the next one.
    at += timeDeltas[index];
    const next = timeDeltas[index + 1] ?? 0;
    if (at >= from && at < to && parts.get(id) !== IDLE)
      times.set(parts.get(id), times.get(parts.get(id)) + next);
  }
  return times;
}

function partOf(node) {
  const place = placeOf(node);
  if (place === IDLE) return IDLE;
  return PARTS.find(([, pattern]) => pattern.test(place))?.[0] ?? REST;
}

/** Of what is written in C++ it is known by whom it was called. */
function placeOf({ callFrame: { url, functionName }, parent }) {
  if (url !== '') return url.replace(/^file:\/\//, '').replace(/^.*\/node_modules\/|^.*\/dist\//, '');
  return functionName.startsWith('(') || parent === undefined ? functionName : placeOf(parent);
}
