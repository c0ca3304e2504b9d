import { type Answer } from '../raw-connection.js';
import { type Case, echo, PROTOCOL_ERROR } from '../case.js';
import { continuation, frame, fragmented, OPCODE, ping, text } from '../frames.js';

const MESSAGE = echo('fragment1fragment2');
const HALF = 12;
const TWO = [text(MESSAGE.subarray(0, HALF), false), continuation(MESSAGE.subarray(HALF))] as const;
const WHOLE: Answer = { message: 'fragment1fragment2' };
const PONG: Answer = { pong: Buffer.from('between').toString('hex') };
const BETWEEN = [TWO[0], ping('between'), TWO[1]];
const FIVE = fragmented(MESSAGE, Math.ceil(MESSAGE.length / 5));

/** The same bytes as they are, in writes of 7, and byte by byte, under three numbers that follow each other. */
function threeWays(
  first: number,
  title: string,
  send: readonly Buffer[],
  answers: readonly Answer[],
): Case[] {
  return [
    { id: `5.${first}`, title, send, answers },
    { id: `5.${first + 1}`, title: `${title}, in writes of 7`, send, chop: 7, answers },
    { id: `5.${first + 2}`, title: `${title}, byte by byte`, send, chop: 1, answers },
  ];
}

/** Group 5: messages in fragments. */
export const FRAGMENT_CASES: readonly Case[] = [
  {
    id: '5.1',
    title: 'a ping in fragments',
    send: [frame({ opcode: OPCODE.ping, payload: 'a', final: false }), continuation('b')],
    answers: [PROTOCOL_ERROR],
  },
  {
    id: '5.2',
    title: 'a pong in fragments',
    send: [frame({ opcode: OPCODE.pong, payload: 'a', final: false }), continuation('b')],
    answers: [PROTOCOL_ERROR],
  },
  ...threeWays(3, 'text in two fragments', TWO, [WHOLE]),
  ...threeWays(6, 'text in two fragments with a ping between', BETWEEN, [PONG, WHOLE]),
  ...threeWays(9, 'the end of nothing', [continuation('stray'), text(MESSAGE)], [PROTOCOL_ERROR]),
  ...threeWays(12, 'the middle of nothing', [continuation('stray', false), text(MESSAGE)], [PROTOCOL_ERROR]),
  {
    id: '5.15',
    title: 'a message in fragments, then the middle of nothing',
    send: [...TWO, continuation('stray', false), text(MESSAGE)],
    answers: [WHOLE, PROTOCOL_ERROR],
  },
  {
    id: '5.16',
    title: 'the middle of nothing, then a message in fragments',
    send: [continuation('stray', false), ...TWO],
    answers: [PROTOCOL_ERROR],
  },
  {
    id: '5.17',
    title: 'the end of nothing, then a message in fragments',
    send: [continuation('stray'), ...TWO],
    answers: [PROTOCOL_ERROR],
  },
  {
    id: '5.18',
    title: 'a second message before the first is whole',
    send: [TWO[0], text(MESSAGE.subarray(HALF))],
    answers: [PROTOCOL_ERROR],
  },
  {
    id: '5.19',
    title: 'five fragments with pings between',
    send: [...FIVE.slice(0, 2), ping('between'), ...FIVE.slice(2, 4), ping('between'), ...FIVE.slice(4)],
    answers: [PONG, PONG, WHOLE],
  },
  {
    id: '5.20',
    title: 'five fragments with pings between, byte by byte',
    send: [...FIVE.slice(0, 2), ping('between'), ...FIVE.slice(2, 4), ping('between'), ...FIVE.slice(4)],
    chop: 1,
    answers: [PONG, PONG, WHOLE],
  },
];
