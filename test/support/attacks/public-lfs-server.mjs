// An LFS server on a public address of a network of its own, and somebody who listens on all others.
// Usage: node public-lfs-server.mjs ADDRESS PLAN LOG; PLAN is JSON: where each object is said to be, by its id.
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const [address, planFile, logFile] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(planFile, 'utf8'));

const lfs = createServer(async (request, response) => {
  appendFileSync(logFile, `${request.method} ${request.url}\n`);
  if (request.method !== 'POST') return response.end('aaaa');
  const { objects } = await json(request);
  const answers = objects.map(({ oid, size }) => ({ oid, size, actions: { download: { href: plan[oid] } } }));
  return response.end(JSON.stringify({ objects: answers }));
});
const inside = createServer((_, response) => response.end('aaaa'));
inside.on('connection', () => appendFileSync(logFile, 'connected to inside\n'));
inside.listen(8080, () => lfs.listen(80, address, () => appendFileSync(logFile, 'listening\n')));
