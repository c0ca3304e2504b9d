// A process of clients that hold sessions and answer pings: node idle-clients.mjs URL COUNT RATE MESSAGE. Each sends the
// message once; so many connect in a second. Prints `ready P99` once all are connected: the milliseconds that a connection
// took, but for the slowest in a hundred, in the median of the seconds.
import { WebSocket } from 'ws';

const [, , url, count, rate, message] = process.argv;
/** Fewer than a listening socket lets wait. */
const MOST_PENDING = 200;
const times = [];
let pending = 0;

function connect() {
  const startedAt = performance.now();
  pending += 1;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.once('error', reject);
    socket.once('open', () => {
      times.push({ second: Math.floor((startedAt - begunAt) / 1_000), took: performance.now() - startedAt });
      socket.send(message);
    });
    socket.once('message', resolve);
  }).finally(() => (pending -= 1));
}

const begunAt = performance.now();
const connecting = [];
while (connecting.length < Number(count)) {
  const due = Math.min(Number(count), 1 + Math.floor(((performance.now() - begunAt) * Number(rate)) / 1_000));
  while (connecting.length < due && pending < MOST_PENDING) connecting.push(connect());
  await new Promise((resolve) => setTimeout(resolve, 1));
}
await Promise.all(connecting);
const seconds = [...new Set(times.map(({ second }) => second))].map((one) =>
  times.filter(({ second }) => second === one),
);
console.log(
  `ready ${at(
    seconds.map((all) =>
      at(
        all.map(({ took }) => took),
        0.99,
      ),
    ),
    0.5,
  )}`,
);
process.on('SIGTERM', () => process.exit(0));

function at(values, share) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * share)];
}
