import { BAD_DATA, type Case, echo, echoOfLength, PROTOCOL_ERROR } from '../case.js';
import { close, continuation, frame, OPCODE, ping, text } from '../frames.js';

const NORMAL = { close: 1000 };
const HELLO = text(echo('Hello, world!'));
const GREETED = { message: 'Hello, world!' };
const VALID_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
const INVALID_CODES = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];

/** Group 7: how a connection ends. */
export const CLOSE_CASES: readonly Case[] = [
  { id: '7.1.1', title: 'a message, then a close', send: [HELLO, close(1000)], answers: [GREETED, NORMAL] },
  { id: '7.1.2', title: 'two closes', send: [close(1000), close(1000)], answers: [NORMAL] },
  { id: '7.1.3', title: 'a ping after the close', send: [close(1000), ping()], answers: [NORMAL] },
  { id: '7.1.4', title: 'a message after the close', send: [close(1000), HELLO], answers: [NORMAL] },
  {
    id: '7.1.5',
    title: 'a close in the middle of a message',
    send: [text('{"type":', false), close(1000), continuation('"ping"}')],
    answers: [NORMAL],
  },
  {
    id: '7.1.6',
    title: '256 KiB, a close, and a ping',
    send: [text(echoOfLength('long', 262_144)), HELLO, close(1000), ping()],
    answers: [{ message: 'long' }, GREETED, NORMAL],
  },
  { id: '7.3.1', title: 'a close without payload', send: [close()], answers: [{ close: 1005 }] },
  {
    id: '7.3.2',
    title: 'a close of one byte',
    send: [frame({ opcode: OPCODE.close, payload: 'a' })],
    answers: [PROTOCOL_ERROR],
  },
  { id: '7.3.3', title: 'a close with a code', send: [close(1000)], answers: [NORMAL] },
  { id: '7.3.4', title: 'a close with a reason', send: [close(1000, 'Hello World!')], answers: [NORMAL] },
  {
    id: '7.3.5',
    title: 'a close with the longest reason',
    send: [close(1000, '*'.repeat(123))],
    answers: [NORMAL],
  },
  {
    id: '7.3.6',
    title: 'a close with a reason too long',
    send: [close(1000, '*'.repeat(124))],
    answers: [PROTOCOL_ERROR],
  },
  {
    id: '7.5.1',
    title: 'a close whose reason is not UTF-8',
    send: [close(1000, Buffer.from('cebae1bdb9cf83cebcceb5eda080656469746564', 'hex'))],
    answers: [BAD_DATA],
  },
  ...VALID_CODES.map((code, index) => ({
    id: `7.7.${index + 1}`,
    title: `code ${code}`,
    send: [close(code)],
    answers: [{ close: code }],
  })),
  ...INVALID_CODES.map((code, index) => ({
    id: `7.9.${index + 1}`,
    title: `code ${code}, which no endpoint sends`,
    send: [close(code)],
    answers: [PROTOCOL_ERROR],
  })),
  ...[5000, 65_535].map((code, index) => ({
    id: `7.13.${index + 1}`,
    title: `code ${code}, which means nothing`,
    send: [close(code)],
    answers: [PROTOCOL_ERROR],
  })),
];
