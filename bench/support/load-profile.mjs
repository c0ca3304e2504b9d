import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { callRate } from './call-rate.mjs';
import { generateRepository } from './generated-repository.mjs';
import { httpPeer, stdioPeer, webSocketPeer } from './mcp-peers.mjs';
import { flagsOf, serve } from './mcp-servers.mjs';
import { callsOf, MCP_TOOLS } from './mcp-tools.mjs';
import { descendantsOf } from './process-tree.mjs';
import { timeByPart } from './profile-parts.mjs';

/** Not bundled: a profile names the file of each function. */
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const IN_FLIGHT = 8;
const SECONDS = { warm: 1.5, measured: 2 };
const TICKS_A_SECOND = 100;

/**
 * Profiles the server under the load of `mcp.mjs`.
 *
 * @param loads `{ tool, door, kept, files }` of each: the name of the tool, one of `HTTP`, `stdio` and `WebSocket`,
 *   whether answers are kept, and the files of the repository
 * @returns of each the load, calls a second, microseconds of processor that the server's event loop has for a call by part, and
 *   `beside`: microseconds of processor of its workers and its git processes for a call
 */
export async function profilesOf(loads) {
  const found = [];
  for (const files of new Set(loads.map((load) => load.files))) {
    const repository = await generateRepository(files);
    try {
      for (const load of loads.filter((one) => one.files === files))
        found.push({ ...load, ...(await profileOf(load, repository)) });
    } finally {
      repository.remove();
    }
  }
  return found;
}

async function profileOf({ tool: name, door, kept }, repository) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-profile-'));
  try {
    const tool = MCP_TOOLS.find((one) => one.name === name);
    const server = await start(door, repository, kept, ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
    const ask = (seconds) =>
      callRate(
        callsOf({ peer: server.peer, args: 'ours', path: 'repo_path' }, tool, repository),
        IN_FLIGHT,
        seconds,
      );
    await ask(SECONDS.warm);
    const before = processorOf(server.pid);
    const from = monotonicMicros();
    const { rate } = await ask(SECONDS.measured);
    const to = monotonicMicros();
    const after = processorOf(server.pid);
    await server.stop();
    const calls = (rate * (to - from)) / 1e6;
    const file = readdirSync(folder).find((one) => one.includes(`.${server.pid}.`));
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const perCall = (which) => ((after[which] - before[which]) * 1e6) / calls;
    const micros = scaled(timeByPart(profile, from, to), perCall('loop'));
    return { perSecond: rate, micros, beside: perCall('beside') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function start(door, { path }, kept, node) {
  const settings = { 'log.level': 'warn', 'resilience.rateLimit.enabled': false, 'server.supervised': false };
  const flags = flagsOf(path, { ...settings, ...(kept ? {} : { 'git.cache.maxBytes': 0 }) });
  if (door === 'stdio') {
    const peer = await stdioPeer([...node, CLI, 'stdio', ...flags]);
    return { peer, pid: peer.pid, stop: () => peer.close() };
  }
  const server = await serve(flags, { node, cli: CLI });
  const peer = await (door === 'HTTP' ? httpPeer : webSocketPeer)(server.url);
  const stop = async () => {
    await peer.close();
    await server.stop();
  };
  return { peer, pid: server.pid, stop };
}

/** A profile counts time that goes by, also while others have the processor: what the loop had of it is shared out. */
function scaled(times, micros) {
  const all = [...times.values()].reduce((sum, time) => sum + time, 0);
  return Object.fromEntries([...times].map(([part, time]) => [part, (time / all) * micros]));
}

/** Seconds of processor: of the thread of the event loop, and of all processes below with those that have ended. */
function processorOf(pid) {
  const beside = descendantsOf(pid).map((one) => secondsIn(`/proc/${one}/stat`, 15));
  return {
    loop: secondsIn(`/proc/${pid}/task/${pid}/stat`, 13),
    beside: beside.reduce((sum, one) => sum + one, 0),
  };
}

/** @param end the field of the kernel's line before which the sums end: own time, or that of ended children as well */
function secondsIn(path, end) {
  const fields = readFileSync(path, 'utf8').split(') ').at(-1).split(' ');
  return fields.slice(11, end).reduce((sum, field) => sum + Number(field), 0) / TICKS_A_SECOND;
}

/** As V8 has it in a profile, in every process. */
function monotonicMicros() {
  return Number(process.hrtime.bigint() / 1_000n);
}
