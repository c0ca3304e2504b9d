// The other side of a server that must not be led inside: its names and its hosts, in a network namespace of its own.
//
// Names `rebinds-N.example` stand for an address that may be asked, the first time, and for this machine from then on;
// `moves-N.example` is there to stay, and sends whoever asks it over HTTP to the N-th address inside. Told `seen`, it
// says how many connections came to each address.
import { createSocket } from 'node:dgram';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';

const { approved, inside, status, ports } = JSON.parse(process.argv[2]);
const LOCAL = '127.0.0.1';
const HTTP = 80;

const connections = {};
const asked = new Map();
const count = (socket) => {
  connections[socket.localAddress] = (connections[socket.localAddress] ?? 0) + 1;
};

/** @returns the address that a name stands for now */
function addressOf(name) {
  const before = asked.get(name) ?? 0;
  asked.set(name, before + 1);
  return name.startsWith('rebinds') && before > 0 ? LOCAL : approved;
}

/** @returns the answer to a question for one name: an address of IPv4, or none of another kind */
function answerTo(question) {
  let [at, labels] = [12, []];
  while (question[at] !== 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + question[at]));
    at += 1 + question[at];
  }
  const isV4 = question.readUInt16BE(at + 1) === 1;
  const head = Buffer.from(question.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(isV4 ? 1 : 0, 6);
  head.fill(0, 8);
  const parts = [head, question.subarray(12, at + 5)];
  // A pointer to the name, of type A and class IN, not to be kept, of four bytes.
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4];
  if (isV4) parts.push(Buffer.from([...record, ...addressOf(labels.join('.')).split('.').map(Number)]));
  return Buffer.concat(parts);
}

const names = createSocket('udp4');
names.on('message', (question, { port, address }) => names.send(answerTo(question), port, address));

const web = createHttpServer((request, response) => {
  const number = /^moves-(\d+)\./.exec(request.headers.host ?? '')?.[1];
  if (number === undefined) response.writeHead(404).end();
  else
    response
      .writeHead(status[number % status.length], {
        Location: `http://${inside[number % inside.length]}/x.git`,
      })
      .end();
});
web.on('connection', count);
const others = ports.map((port) =>
  createServer((socket) => {
    count(socket);
    socket.on('error', () => undefined).end();
  }).listen(port, '0.0.0.0'),
);

process.on('message', () => process.send(connections));
process.on('disconnect', () => process.exit());
names.bind(53, LOCAL);
web.listen(HTTP, '0.0.0.0');
await Promise.all([names, web, ...others].map((one) => new Promise((done) => one.once('listening', done))));
process.send('ready');
