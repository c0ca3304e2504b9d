// What `ws` itself costs: a server that parses JSON and answers, and does nothing else.
import { createServer } from 'node:http';

import { WebSocketServer } from 'ws';

import { serveMeasures } from './measures.mjs';

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (data) => {
    const { id } = JSON.parse(data);
    socket.send(JSON.stringify({ type: 'pong', id, timestamp: new Date().toISOString() }));
  });
});
http.listen(0, '127.0.0.1', () => {
  serveMeasures();
  process.send({ port: http.address().port });
});
