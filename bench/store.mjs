// What it costs to keep sessions: writes a second into each store, and what a session that can be resumed loses in tool
// calls and pings against one that cannot be. All servers run at once and are asked in turns, so that whatever else the
// machine does meets all of them. Servers of one kind differ from start to start by as much as is to be measured, so there
// are several of those that count: a ratio is the median over all pairs, for each pair the median over the rounds. What the
// server's processors did for each call is told as well: it counts on a busy machine, where rates are mostly luck. Redis is
// left out where it is not installed. Fails where the embedded store costs more than it may.
//
//   npm run build && node bench/store.mjs [rounds] [seconds]
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { WebSocket } from 'ws';

import { FileSessionStore } from '../dist/sessions/store/file-session.store.js';
import { MemorySessionStore } from '../dist/sessions/store/memory-session.store.js';
import { RedisSessionStore } from '../dist/sessions/store/redis/redis-session.store.js';
import { generateRepository } from './support/generated-repository.mjs';
import { median } from './support/processes.mjs';

const ROUNDS = Number(process.argv[2] ?? 13);
const SECONDS = Number(process.argv[3] ?? 0.2);
/** Servers of each kind that is compared with what it may cost. */
const STARTS = 3;
const WRITING_MS = 400;
/** So many until V8 has compiled what a call needs: before that one takes twice to five times as long, and the share of the store is small. */
const WARMING_CALLS = 6_000;
const CLI = new URL('../dist/bundle/cli.js', import.meta.url).pathname;
const LINE = 'x'.repeat(5_000);
const SESSIONS = 20;
/** Of the embedded store: what each call may cost more than without it, and what is to be left of the rate. */
const MOST_ADDED = 0.1;
const LEAST_RATE = { git_log: 0.9, ping: 0.97 };

const folder = mkdtempSync(join(tmpdir(), 'bench-store-'));
const redis = await startRedis();
const repository = await generateRepository(200);
const servers = [];
try {
  console.table(await measureWrites());
  // One after the other, so that none of a kind has a better place than those of another.
  for (let start = 0; start < STARTS; start += 1) {
    servers.push(await serve('not resumable', 'memory', false, start));
    servers.push(await serve('file', 'file', true, start));
  }
  servers.push(await serve('memory', 'memory', true, 0));
  if (redis !== undefined) servers.push(await serve('redis', 'redis', true, 0));
  for (const { client } of servers) {
    for (let calls = 0; calls < WARMING_CALLS;) calls += (await client.rate(gitLog, 8, SECONDS)).answered;
  }
  const rows = [];
  for (const inFlight of [1, 8]) rows.push(...(await measureCalls('git_log', inFlight, gitLog)));
  rows.push(...(await measureCalls('ping', 8, (id) => ({ type: 'ping', id }))));
  console.table(rows);
  const missed = rows.filter(({ store }) => store === 'file').flatMap(missedBy);
  for (const line of missed) console.log(line);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  for (const { client, stop } of servers) {
    client.close();
    await stop();
  }
  await redis?.stop();
  repository.remove();
  rmSync(folder, { recursive: true, force: true });
}

function gitLog(id) {
  return {
    type: 'tools/call',
    id,
    params: { name: 'git_log', arguments: { repo_path: repository.path, max_count: 10 } },
  };
}

function missedBy({ call, 'in flight': inFlight, 'of the rate': rate, 'CPU added': added }) {
  const what = `${call}, ${inFlight} in flight`;
  return [
    ...(rate < LEAST_RATE[call]
      ? [`${what}: ${rate} of the rate, may not be below ${LEAST_RATE[call]}`]
      : []),
    ...(added > MOST_ADDED ? [`${what}: ${added} of processor time added, may be ${MOST_ADDED}`] : []),
  ];
}

/** Lines of 5 KB to twenty sessions: one after the other, as a session writes, and a hundred at once. */
async function measureWrites() {
  const stores = [
    ['memory', new MemorySessionStore()],
    ['file', new FileSessionStore(join(folder, 'writes'))],
  ];
  if (redis !== undefined) {
    const options = { url: redis.url, prefix: 'bench', node: 'bench', host: 'bench', timeoutMs: 5_000 };
    stores.push(['redis', new RedisSessionStore(options)]);
  }
  const ids = Array.from(
    { length: SESSIONS },
    (_, at) => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
  );
  const rows = [];
  for (const [store, adapter] of stores) {
    await adapter.open(AbortSignal.timeout(5_000));
    const one = await writesFor(adapter, ids, 1);
    const many = await writesFor(adapter, ids, 100);
    for (const id of ids) await adapter.remove(id, 1);
    await adapter.close();
    rows.push({
      store,
      'writes/s, one by one': Math.round(one),
      'us each': round(1e6 / one),
      'writes/s, 100 at once': Math.round(many),
    });
  }
  return rows;
}

async function writesFor(store, ids, atOnce) {
  let count = 0;
  const begin = performance.now();
  while (performance.now() - begin < WRITING_MS) {
    // Shorter lists, as the archive keeps them.
    if (count % 10_000 === 0) for (const id of ids) await store.replace(id, 1, [LINE]);
    await Promise.all(
      Array.from({ length: atOnce }, (_, at) => store.append(ids[(count + at) % ids.length], 1, [LINE])),
    );
    count += atOnce;
  }
  return (count * 1_000) / (performance.now() - begin);
}

async function measureCalls(call, inFlight, message) {
  for (const { client } of servers) await client.rate(message, inFlight, SECONDS);
  const seen = new Map(servers.map((server) => [server, { rates: [], cpuUs: 0, answered: 0 }]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let turn = 0; turn < servers.length; turn += 1) {
      const server = servers[(turn + round) % servers.length];
      const before = server.cpuMs();
      const { rate, answered } = await server.client.rate(message, inFlight, SECONDS);
      const of = seen.get(server);
      of.rates.push(rate);
      of.cpuUs += 1_000 * (server.cpuMs() - before);
      of.answered += answered;
    }
  }
  const kinds = [...new Set(servers.map(({ kind }) => kind))];
  const ofKind = (wanted) => servers.filter(({ kind }) => kind === wanted).map((server) => seen.get(server));
  const bases = ofKind('not resumable');
  return kinds.map((store) => {
    const own = ofKind(store);
    const pairs = own.flatMap((one) => bases.map((base) => [one, base]));
    const rate = median(own.flatMap(({ rates }) => rates));
    return {
      call,
      'in flight': inFlight,
      store,
      'calls/s': Math.round(rate),
      'ms each': round((1_000 * inFlight) / rate),
      'of the rate': round(median(pairs.map(([one, base]) => ofTheRate(one, base)))),
      'CPU us each': Math.round(median(own.map(cpuUsEach))),
      'CPU added': round(median(pairs.map(([one, base]) => cpuUsEach(one) / cpuUsEach(base) - 1))),
    };
  });
}

function ofTheRate({ rates }, base) {
  return median(rates.map((rate, at) => rate / base.rates[at]));
}

function cpuUsEach({ cpuUs, answered }) {
  return cpuUs / answered;
}

/** Of all threads, in steps of 10 ms. */
function cpuMsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

async function serve(kind, store, resume, start) {
  const settings = ['log.level=warn', 'resilience.rateLimit.enabled=false', `sessions.store.kind=${store}`];
  if (store === 'file') settings.push(`sessions.store.path=${join(folder, `sessions-${start}`)}`);
  if (store === 'redis') settings.push(`sessions.store.url=${redis.url}`, 'sessions.store.node=bench-server');
  const flags = [
    '--repository',
    repository.path,
    '--port',
    '0',
    ...settings.flatMap((one) => ['--set', one]),
  ];
  const env = { ...process.env, MCP_GIT_SERVER_SUPERVISED: 'false' };
  const child = spawn(process.execPath, [CLI, 'serve', ...flags], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const url = await new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const found = /listens on (http\S+)/.exec(output);
      if (found) resolve(found[1].replace('http', 'ws'));
    });
    child.once('exit', () => reject(new Error(`the server did not start:\n${output}`)));
  });
  const client = await connect(url, resume);
  const stop = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return { kind, client, stop, cpuMs: () => cpuMsOf(child.pid) };
}

async function connect(url, resume) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'initialize', id: 'i', params: { capabilities: { resume } } }));
  await once(socket, 'message');
  let next = 0;
  return {
    close: () => socket.terminate(),
    /** Answers a second, with so many requests under way at any time. */
    async rate(message, inFlight, seconds) {
      let answered = 0;
      let underway = 0;
      const ask = () => {
        underway += 1;
        socket.send(JSON.stringify(message(`b${(next += 1)}`)));
      };
      const begin = performance.now();
      await new Promise((resolve, reject) => {
        const onMessage = (data) => {
          if (String(data.subarray(0, 15)) === '{"type":"error"') reject(new Error(String(data)));
          answered += 1;
          underway -= 1;
          if (performance.now() - begin < seconds * 1_000) ask();
          else if (underway === 0) {
            socket.off('message', onMessage);
            resolve();
          }
        };
        socket.on('message', onMessage);
        for (let at = 0; at < inFlight; at += 1) ask();
      });
      return { answered, rate: (answered * 1_000) / (performance.now() - begin) };
    },
  };
}

async function startRedis() {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address();
  holder.close();
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ];
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of child.stdout) if (String(chunk).includes('Ready to accept')) break;
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function round(value) {
  return Number(value.toFixed(2));
}
