// What it costs to keep sessions: writes a second into each store, and what a session that can be resumed loses in tool
// calls and pings against one that cannot be. All servers run at once and are asked in turns, so that whatever else the
// machine does meets all of them; a ratio is the median over the rounds. What the server's processors did for each call is
// told as well: it counts on a busy machine, where rates are mostly luck. Redis is left out where it is not installed.
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

const ROUNDS = Number(process.argv[2] ?? 21);
const SECONDS = Number(process.argv[3] ?? 0.4);
const CLI = new URL('../dist/bundle/cli.js', import.meta.url).pathname;
const LINE = 'x'.repeat(5_000);
const SESSIONS = 20;
/** Of the embedded store: what each call may cost more than without it. */
const MOST_ADDED = 0.1;

const folder = mkdtempSync(join(tmpdir(), 'bench-store-'));
const redis = await startRedis();
const repository = await generateRepository(200);
const servers = [];
try {
  console.table(await measureWrites());
  servers.push(await serve('not resumable', 'memory', false));
  servers.push(await serve('memory', 'memory', true));
  servers.push(await serve('file', 'file', true));
  if (redis !== undefined) servers.push(await serve('redis', 'redis', true));
  const log = await measureCalls('git_log', 1, (id) => ({
    type: 'tools/call',
    id,
    params: { name: 'git_log', arguments: { repo_path: repository.path, max_count: 10 } },
  }));
  const logs = await measureCalls('git_log', 8, (id) => ({
    type: 'tools/call',
    id,
    params: { name: 'git_log', arguments: { repo_path: repository.path, max_count: 10 } },
  }));
  const pings = await measureCalls('ping', 8, (id) => ({ type: 'ping', id }));
  console.table([...log, ...logs, ...pings]);
  const embedded = [...log, ...logs].filter(({ store }) => store === 'file');
  if (embedded.some((row) => row['CPU added'] > MOST_ADDED)) process.exitCode = 1;
} finally {
  for (const { client, stop } of servers) {
    client.close();
    await stop();
  }
  await redis?.stop();
  repository.remove();
  rmSync(folder, { recursive: true, force: true });
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
  while (performance.now() - begin < SECONDS * 1_000) {
    // Shorter lists, as the archive keeps them.
    if (count % 10_000 === 0) for (const id of ids) await store.replace(id, 1, [LINE]);
    await Promise.all(
      Array.from({ length: atOnce }, (_, at) => store.append(ids[(count + at) % ids.length], 1, [LINE])),
    );
    count += atOnce;
  }
  return (count * 1_000) / (performance.now() - begin);
}

async function measureCalls(what, inFlight, message) {
  const seen = new Map(servers.map(({ name }) => [name, { rates: [], cpus: [] }]));
  for (const { client } of servers) await client.rate(message, inFlight, SECONDS);
  for (let round = 0; round < ROUNDS; round += 1) {
    const turn = servers.map((_, at) => servers[(at + round) % servers.length]);
    for (const { name, client, cpuMs } of turn) {
      const before = cpuMs();
      const { rate, answered } = await client.rate(message, inFlight, SECONDS);
      const { rates, cpus } = seen.get(name);
      rates.push(rate);
      cpus.push((1_000 * (cpuMs() - before)) / answered);
    }
  }
  const base = seen.get('not resumable');
  return servers.map(({ name }) => {
    const { rates, cpus } = seen.get(name);
    const rate = median(rates);
    return {
      call: what,
      'in flight': inFlight,
      store: name,
      'calls/s': Math.round(rate),
      'ms each': round((1_000 * inFlight) / rate),
      'of the rate': round(median(rates.map((value, at) => value / base.rates[at]))),
      'CPU us each': Math.round(median(cpus)),
      'CPU added': round(sum(cpus) / sum(base.cpus) - 1),
    };
  });
}

/** Of all threads, in steps of 10 ms. */
function cpuMsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

async function serve(name, kind, resume) {
  const settings = ['log.level=warn', 'resilience.rateLimit.enabled=false', `sessions.store.kind=${kind}`];
  if (kind === 'file') settings.push(`sessions.store.path=${join(folder, name)}`);
  if (kind === 'redis') settings.push(`sessions.store.url=${redis.url}`, 'sessions.store.node=bench-server');
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
  return { name, client, stop, cpuMs: () => cpuMsOf(child.pid) };
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
