/** Opcodes of RFC 6455, section 5.2. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

export interface FrameParts {
  readonly opcode: number;
  readonly payload?: Buffer | string;
  readonly final?: boolean;
  /** The three reserved bits as a number, RSV1 being 4. */
  readonly reserved?: number;
  readonly masked?: boolean;
}

/** A frame as a client sends it, valid or not: what is asked for is what is encoded. */
export function frame({
  opcode,
  payload = '',
  final = true,
  reserved = 0,
  masked = true,
}: FrameParts): Buffer {
  const body = Buffer.isBuffer(payload) ? payload : Buffer.from(payload);
  const first = (final ? 0x80 : 0) | (reserved << 4) | opcode;
  const head = Buffer.concat([Buffer.from([first]), lengthOf(body.length, masked ? 0x80 : 0)]);
  if (!masked) return Buffer.concat([head, body]);
  return Buffer.concat([head, MASK, masking(body)]);
}

function masking(body: Buffer): Buffer {
  const hidden = Buffer.alloc(body.length, MASK);
  for (let index = 0; index < hidden.length; index += 1) hidden[index]! ^= body[index]!;
  return hidden;
}

function lengthOf(length: number, maskBit: number): Buffer {
  if (length < 126) return Buffer.from([maskBit | length]);
  const bytes = Buffer.alloc(length < 65_536 ? 3 : 9);
  bytes[0] = maskBit | (length < 65_536 ? 126 : 127);
  if (length < 65_536) bytes.writeUInt16BE(length, 1);
  else bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

export const text = (payload: Buffer | string, final = true): Buffer =>
  frame({ opcode: OPCODE.text, payload, final });
export const binary = (payload: Buffer | string, final = true): Buffer =>
  frame({ opcode: OPCODE.binary, payload, final });
export const continuation = (payload: Buffer | string, final = true): Buffer =>
  frame({ opcode: OPCODE.continuation, payload, final });
export const ping = (payload: Buffer | string = ''): Buffer => frame({ opcode: OPCODE.ping, payload });
export const pong = (payload: Buffer | string = ''): Buffer => frame({ opcode: OPCODE.pong, payload });

/** @param code none for a close without a payload */
export function close(code?: number, reason: Buffer | string = ''): Buffer {
  if (code === undefined) return frame({ opcode: OPCODE.close });
  const body = Buffer.isBuffer(reason) ? reason : Buffer.from(reason);
  return frame({
    opcode: OPCODE.close,
    payload: Buffer.concat([Buffer.from([code >> 8, code & 0xff]), body]),
  });
}

/** A text message in pieces of `size` bytes, each a frame of its own. */
export function fragmented(message: Buffer | string, size: number, opcode: number = OPCODE.text): Buffer[] {
  const bytes = Buffer.isBuffer(message) ? message : Buffer.from(message);
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    frames.push(
      frame({
        opcode: at === 0 ? opcode : OPCODE.continuation,
        payload: bytes.subarray(at, at + size),
        final: at + size >= bytes.length,
      }),
    );
  }
  return frames;
}

export interface ReceivedFrame {
  readonly opcode: number;
  readonly final: boolean;
  readonly reserved: number;
  readonly masked: boolean;
  readonly payload: Buffer;
}

/** Takes the first whole frame out of what a server has sent. @returns undefined where more bytes are needed */
export function takeFrame(bytes: Buffer): { frame: ReceivedFrame; rest: Buffer } | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  const short = second & 0x7f;
  const headLength = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < headLength) return undefined;
  const length =
    short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < headLength + length) return undefined;
  return {
    frame: {
      opcode: first & 0x0f,
      final: (first & 0x80) !== 0,
      reserved: (first >> 4) & 7,
      masked: (second & 0x80) !== 0,
      payload: bytes.subarray(headLength, headLength + length),
    },
    rest: bytes.subarray(headLength + length),
  };
}
