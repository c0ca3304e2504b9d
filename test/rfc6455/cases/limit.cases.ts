import { type Case, echoOfLength, NO_BINARY, TOO_BIG } from '../case.js';
import { binary, fragmented, OPCODE, text } from '../frames.js';

const KIB = 1_024;
const MIB = KIB * KIB;
const SIZES = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB];
const FRAGMENTS = [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB];
const CHOPS = [64, 128, 256, 512, KIB, 2 * KIB];
/** The suite begins with 0 bytes; ours begins with the shortest request that has an answer. */
const MESSAGES = [32, 64, 256, KIB, 4 * KIB, 16 * KIB];
const COUNT = 1_000;
/** Beyond 256 frames a message is a flood, not a message: `gateway.maxFragments`. */
const FLOOD = { close: 1008 };

/** Group 9: sizes, with the limit of a gateway (1 MiB, 256 fragments) in place of none. */
export const LIMIT_CASES: readonly Case[] = [
  ...SIZES.map((bytes, index) => ({
    id: `9.1.${index + 1}`,
    title: `text of ${bytes} bytes`,
    send: () => [text(echoOfLength('large', bytes))],
    answers: [bytes > MIB ? TOO_BIG : { message: 'large' }],
  })),
  ...SIZES.map((bytes, index) => ({
    id: `9.2.${index + 1}`,
    title: `binary of ${bytes} bytes`,
    send: () => [binary(Buffer.alloc(bytes))],
    answers: [bytes > MIB ? TOO_BIG : NO_BINARY],
  })),
  ...FRAGMENTS.map((size, index) => ({
    id: `9.3.${index + 1}`,
    title: `4 MiB of text in fragments of ${size}`,
    send: () => fragmented(echoOfLength('fragments', 4 * MIB), size),
    answers: [size * 256 < MIB ? FLOOD : TOO_BIG],
  })),
  ...FRAGMENTS.map((size, index) => ({
    id: `9.4.${index + 1}`,
    title: `4 MiB of binary in fragments of ${size}`,
    send: () => fragmented(Buffer.alloc(4 * MIB), size, OPCODE.binary),
    answers: [size * 256 < MIB ? FLOOD : TOO_BIG],
  })),
  ...CHOPS.map((chop, index) => ({
    id: `9.5.${index + 1}`,
    title: `1 MiB of text in writes of ${chop}`,
    send: () => [text(echoOfLength('chopped', MIB))],
    chop,
    answers: [{ message: 'chopped' }],
  })),
  ...CHOPS.map((chop, index) => ({
    id: `9.6.${index + 1}`,
    title: `1 MiB of binary in writes of ${chop}`,
    send: () => [binary(Buffer.alloc(MIB))],
    chop,
    answers: [NO_BINARY],
  })),
  ...MESSAGES.map((bytes, index) => ({
    id: `9.7.${index + 1}`,
    title: `${COUNT} texts of ${bytes} bytes`,
    send: () => Array.from({ length: COUNT }, (_, turn) => text(echoOfLength(`${turn}`, bytes))),
    answers: Array.from({ length: COUNT }, (_, turn) => ({ message: `${turn}` })),
  })),
  ...MESSAGES.map((bytes, index) => ({
    id: `9.8.${index + 1}`,
    title: `${COUNT} binaries of ${bytes} bytes, of which the first ends it`,
    send: () => Array.from({ length: COUNT }, () => binary(Buffer.alloc(bytes))),
    answers: [NO_BINARY],
  })),
];
