import { type Case, echo, echoOfLength, NO_BINARY, PROTOCOL_ERROR } from '../case.js';
import { binary, close, frame, fragmented, OPCODE, ping, pong, text } from '../frames.js';

const LENGTHS = [125, 126, 127, 128, 65_535, 65_536];
const HELLO = text(echo('Hello, world!'));
const GREETED = { message: 'Hello, world!' };

/** Group 1: lengths of frames. */
const FRAMING: readonly Case[] = [
  { id: '1.1.1', title: 'text of 0 bytes', send: [text('')], answers: [{ refused: 'validation_failed' }] },
  ...LENGTHS.map((length, index) => ({
    id: `1.1.${index + 2}`,
    title: `text of ${length} bytes`,
    send: [text(echoOfLength('long', length))],
    answers: [{ message: 'long' }],
  })),
  {
    id: '1.1.8',
    title: 'text of 65536 bytes in writes of 997',
    send: [text(echoOfLength('chopped', 65_536))],
    chop: 997,
    answers: [{ message: 'chopped' }],
  },
  ...[0, ...LENGTHS].map((length, index) => ({
    id: `1.2.${index + 1}`,
    title: `binary of ${length} bytes`,
    send: [binary(Buffer.alloc(length, 0xfe))],
    answers: [NO_BINARY],
  })),
  {
    id: '1.2.8',
    title: 'binary of 65536 bytes in writes of 997',
    send: [binary(Buffer.alloc(65_536, 0xfe))],
    chop: 997,
    answers: [NO_BINARY],
  },
];

const BYTES = Buffer.from('00fffefdfcfb00ff', 'hex');
const LONGEST = Buffer.alloc(125, 0xfe);
const TEN = Array.from({ length: 10 }, (_, index) => `payload-${index}`);
const answerTo = (payload: Buffer | string) => ({ pong: Buffer.from(payload).toString('hex') });

/** Group 2: pings and pongs. */
const PINGS: readonly Case[] = [
  { id: '2.1', title: 'ping without payload', send: [ping()], answers: [{ pong: '' }] },
  { id: '2.2', title: 'ping with text', send: [ping('Hello')], answers: [answerTo('Hello')] },
  { id: '2.3', title: 'ping with bytes', send: [ping(BYTES)], answers: [answerTo(BYTES)] },
  { id: '2.4', title: 'ping with 125 bytes', send: [ping(LONGEST)], answers: [answerTo(LONGEST)] },
  {
    id: '2.5',
    title: 'ping with 126 bytes',
    send: [ping(Buffer.alloc(126, 0xfe))],
    answers: [PROTOCOL_ERROR],
  },
  {
    id: '2.6',
    title: 'ping with 125 bytes, byte by byte',
    send: [ping(LONGEST)],
    chop: 1,
    answers: [answerTo(LONGEST)],
  },
  { id: '2.7', title: 'pong that nobody asked for', send: [pong()], answers: [] },
  { id: '2.8', title: 'pong with payload that nobody asked for', send: [pong('unsolicited')], answers: [] },
  {
    id: '2.9',
    title: 'pong that nobody asked for, then a ping',
    send: [pong('unsolicited'), ping('asked')],
    answers: [answerTo('asked')],
  },
  { id: '2.10', title: 'ten pings', send: TEN.map((payload) => ping(payload)), answers: TEN.map(answerTo) },
  {
    id: '2.11',
    title: 'ten pings, byte by byte',
    send: TEN.map((payload) => ping(payload)),
    chop: 1,
    answers: TEN.map(answerTo),
  },
];

const reservedText = (reserved: number) =>
  frame({ opcode: OPCODE.text, payload: echo('reserved'), reserved });

/** Group 3: reserved bits. */
const RESERVED: readonly Case[] = [
  { id: '3.1', title: 'RSV 1 on text', send: [reservedText(1)], answers: [PROTOCOL_ERROR] },
  {
    id: '3.2',
    title: 'RSV 2 after a message',
    send: [HELLO, reservedText(2), ping()],
    answers: [GREETED, PROTOCOL_ERROR],
  },
  {
    id: '3.3',
    title: 'RSV 3 after a message, in writes of 7',
    send: [HELLO, reservedText(3), ping()],
    chop: 7,
    answers: [GREETED, PROTOCOL_ERROR],
  },
  {
    id: '3.4',
    title: 'RSV 4 after a message, byte by byte',
    send: [HELLO, reservedText(4), ping()],
    chop: 1,
    answers: [GREETED, PROTOCOL_ERROR],
  },
  {
    id: '3.5',
    title: 'RSV 5 on binary',
    send: [frame({ opcode: OPCODE.binary, payload: BYTES, reserved: 5 })],
    answers: [PROTOCOL_ERROR],
  },
  {
    id: '3.6',
    title: 'RSV 6 on a ping',
    send: [frame({ opcode: OPCODE.ping, payload: 'x', reserved: 6 })],
    answers: [PROTOCOL_ERROR],
  },
  {
    id: '3.7',
    title: 'RSV 7 on a close',
    send: [frame({ opcode: OPCODE.close, reserved: 7 })],
    answers: [PROTOCOL_ERROR],
  },
];

const reservedOpcodes = (group: string, opcodes: readonly number[]): Case[] =>
  opcodes.flatMap((opcode, index) => {
    const id = `${group}.${index + 1}`;
    const payload = index % 2 === 1 ? 'reserved' : '';
    const alone = index < 2;
    return {
      id,
      title: `opcode ${opcode}${payload && ' with payload'}${alone ? '' : ' after a message'}${index === 4 ? ', byte by byte' : ''}`,
      send: alone ? [frame({ opcode, payload })] : [HELLO, frame({ opcode, payload }), ping()],
      ...(index === 4 && { chop: 1 }),
      answers: alone ? [PROTOCOL_ERROR] : [GREETED, PROTOCOL_ERROR],
    };
  });

/** Group 4: reserved opcodes, those of data and those of control. */
const OPCODES: readonly Case[] = [
  ...reservedOpcodes('4.1', [3, 4, 5, 6, 7]),
  ...reservedOpcodes('4.2', [11, 12, 13, 14, 15]),
];

/** Group 10: a long message in frames of the size of a packet. And what the suite cannot send, being a client. */
const OTHERS: readonly Case[] = [
  {
    id: '10.1.1',
    title: '65536 bytes in frames of 1300',
    send: fragmented(echoOfLength('packets', 65_536), 1_300),
    answers: [{ message: 'packets' }],
  },
  {
    id: 'mask.1',
    title: 'a frame that is not masked',
    send: [frame({ opcode: OPCODE.text, payload: echo('bare'), masked: false })],
    answers: [PROTOCOL_ERROR],
  },
  {
    id: 'length.1',
    title: 'a length beyond 2^53',
    send: [Buffer.from([0x81, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255])],
    answers: [{ close: 1009 }],
  },
  { id: 'close.1', title: 'a close after nothing', send: [close(1000)], answers: [{ close: 1000 }] },
];

export const FRAMING_CASES: readonly Case[] = [...FRAMING, ...PINGS, ...RESERVED, ...OPCODES, ...OTHERS];
