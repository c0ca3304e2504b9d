import { once } from 'node:events';
import { type Socket } from 'node:net';

import { close, OPCODE, takeFrame, type ReceivedFrame } from '../../rfc6455/frames.js';

/** Tells of each whole frame that comes from now on. */
export function readFrames(socket: Socket, onFrame: (frame: ReceivedFrame) => void): void {
  let bytes = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (let taken = takeFrame(bytes); taken; taken = takeFrame(bytes)) {
      bytes = Buffer.from(taken.rest);
      onFrame(taken.frame);
    }
  });
}

/** @returns the code that the server closes with, which is answered in kind; 0 where it goes without one */
export async function closeCodeOf(socket: Socket): Promise<number> {
  let code = 0;
  readFrames(socket, ({ opcode, payload }) => {
    if (opcode !== OPCODE.close) return;
    code = payload.readUInt16BE(0);
    socket.write(close(code));
  });
  await once(socket, 'close');
  return code;
}
