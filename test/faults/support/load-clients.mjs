// A process of clients that make load: node load-clients.mjs URL SESSIONS [TOKEN]. It costs the machine little beside the server,
// so it reads of each answer no more than its id and whether it is an error. The parent sends one task at a time.
import { once } from 'node:events';

import { WebSocket } from 'ws';

const [url, count, token] = [process.argv[2], Number(process.argv[3]), process.argv[4]];
const headers = token ? { Authorization: `Bearer ${token}` } : {};
/** Frames begin with their type and their id, in this order. */
const HEAD = /^\{"type":"([a-z/-]+)",(?:"seq":\d+,)?"id":"(\d+)"/;
const ANSWERED_WITHIN_MS = 60_000;

const waiting = new Map();
let lastId = 0;
let sockets = [];

async function open() {
  const socket = new WebSocket(url, { perMessageDeflate: false, headers });
  await once(socket, 'open');
  socket.on('message', (data) => {
    const text = data.toString();
    const [, type, id] = HEAD.exec(text) ?? [];
    const settle = waiting.get(id);
    if (settle === undefined) return;
    waiting.delete(id);
    settle(type === 'error' ? (text.includes('"retry_after_ms":') ? 'refused' : 'failed') : 'done');
  });
  return socket;
}

/** @param body of a message without its id, as JSON text @returns done, refused with the time to come again, or failed */
function ask(socket, body) {
  const id = String((lastId += 1));
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    socket.send(`${body.slice(0, -1)},"id":"${id}"}`);
  });
}

class Tally {
  counts = { done: 0, refused: 0, failed: 0 };
  times = [];

  constructor(seconds) {
    this.begunAt = performance.now();
    this.until = this.begunAt + seconds * 1_000;
  }

  /** What is answered after the end is no goodput. */
  note(outcome, dueAt) {
    const now = performance.now();
    if (outcome === 'done') this.times.push(now - dueAt);
    if (outcome !== 'done' || now <= this.until) this.counts[outcome] += 1;
  }

  result() {
    const sorted = this.times.toSorted((one, other) => one - other);
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    const seconds = (this.until - this.begunAt) / 1_000;
    return { ...this.counts, perSecond: this.counts.done / seconds, p50: at(0.5), p99: at(0.99) };
  }
}

const TASKS = {
  /** So many in flight, the next as soon as one is answered. */
  async closed({ bodies, inFlight, seconds }) {
    const tally = new Tally(seconds);
    let next = 0;
    const loop = async (index) => {
      while (performance.now() < tally.until) {
        const askedAt = performance.now();
        tally.note(await ask(sockets[index % count], bodies[(next += 1) % bodies.length]), askedAt);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, (_, index) => loop(index)));
    return tally.result();
  },

  /** So many a second, whatever the answers do; each is timed from the moment at which it was due. */
  async open({ bodies, rate, seconds }) {
    const tally = new Tally(seconds);
    const asked = [];
    const total = Math.round(rate * seconds);
    while (asked.length < total) {
      const due = Math.min(total, Math.floor(((performance.now() - tally.begunAt) * rate) / 1_000));
      while (asked.length < due) {
        const index = asked.length;
        const dueAt = tally.begunAt + (index * 1_000) / rate;
        const answer = ask(sockets[index % count], bodies[index % bodies.length]);
        asked.push(answer.then((outcome) => tally.note(outcome, dueAt)));
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const late = setTimeout(() => process.exit(1), ANSWERED_WITHIN_MS);
    await Promise.all(asked);
    clearTimeout(late);
    return tally.result();
  },
};

sockets = await Promise.all(Array.from({ length: count }, open));
process.on('message', async ({ task, ...options }) => process.send(await TASKS[task](options)));
process.on('disconnect', () => process.exit(0));
process.send('ready');
