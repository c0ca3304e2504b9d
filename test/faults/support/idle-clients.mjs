// A process of clients that hold sessions and answer pings: node idle-clients.mjs URL COUNT. Prints `ready` once all of
// them are connected, and `closed N` whenever some have been closed.
import { WebSocket } from 'ws';

const [url, count] = [process.argv[2], Number(process.argv[3])];
const AT_ONCE = 100;
let closed = 0;

function connect() {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.once('error', reject);
    socket.once('open', () => socket.send('{"type":"ping","id":"first"}'));
    socket.once('message', resolve);
    socket.once('close', () => {
      closed += 1;
      console.log(`closed ${closed}`);
    });
  });
}

for (let opened = 0; opened < count; opened += AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - opened) }, connect));
}
console.log('ready');
process.on('SIGTERM', () => process.exit(0));
