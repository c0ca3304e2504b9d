import { BAD_DATA, type Case, echo } from '../case.js';
import { continuation, fragmented, text } from '../frames.js';

const hex = (bytes: string) => Buffer.from(bytes, 'hex');
const range = (from: number, to: number, after = '') =>
  Array.from({ length: to - from + 1 }, (_, index) => (from + index).toString(16) + after).join('');

const KOSME = 'cebae1bdb9cf83cebcceb5';
const GREETING = 'Hello-µ@ßöäüàá-UTF-8!!';
/** A surrogate in the middle of what is otherwise valid. */
const EDITED = `${KOSME}eda080656469746564`;

const MISSING_LAST = ['c0', 'e080', 'f08080', 'f8808080', 'fc80808080'];
const MISSING_LAST_OF_LAST = ['df', 'efbf', 'f7bfbf', 'fbbfbfbf', 'fdbfbfbfbf'];
const NONCHARACTERS = Array.from({ length: 17 }, (_, plane) =>
  [0xfffe, 0xffff].map((low) => plane * 0x10000 + low),
)
  .flat()
  .map((point) => Buffer.from(String.fromCodePoint(point)).toString('hex'));

const VALID: Readonly<Record<string, readonly string[]>> = {
  '6.5': [...['$', '¢', '€', '𤭢'].map((sign) => Buffer.from(`hello${sign}world`).toString('hex')), KOSME],
  '6.9': ['7f', 'dfbf', 'efbfbf', 'f48fbfbf'],
  '6.22': NONCHARACTERS,
  '6.23': ['efbfb9', 'efbfba', 'efbfbb', 'efbfbc', 'efbfbd', 'efbfbe', 'efbfbf'],
};

const INVALID: Readonly<Record<string, readonly string[]>> = {
  '6.8': ['f888808080', 'fc8480808080'],
  '6.10': ['f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf'],
  '6.12': ['80', 'bf', '80bf', '80bf80', '80bf80bf', '80bf80bf80', '80bf80bf80bf', range(0x80, 0xbf)],
  '6.13': [
    range(0xc0, 0xdf, '20'),
    range(0xe0, 0xef, '20'),
    range(0xf0, 0xf7, '20'),
    range(0xf8, 0xfb, '20'),
    range(0xfc, 0xfd, '20'),
  ],
  '6.14': [...MISSING_LAST, ...MISSING_LAST_OF_LAST],
  '6.15': [[...MISSING_LAST, ...MISSING_LAST_OF_LAST].join('')],
  '6.16': ['fe', 'ff', 'fefeffff'],
  '6.17': ['c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af'],
  '6.18': ['c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf'],
  '6.19': ['c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080'],
  '6.20': ['eda080', 'edadbf', 'edae80', 'edafbf', 'edb080', 'edbe80', 'edbfbf'],
  '6.21': [
    'eda080edb080',
    'eda080edbfbf',
    'edadbfedb080',
    'edadbfedbfbf',
    'edae80edb080',
    'edae80edbfbf',
    'edafbfedb080',
    'edafbfedbfbf',
  ],
};

function valid(id: string, bytes: string): Case {
  const payload = hex(bytes);
  return {
    id,
    title: `${bytes} is UTF-8`,
    send: [text(echo(payload))],
    answers: [{ message: payload.toString() }],
  };
}

function invalid(id: string, bytes: string): Case {
  return { id, title: `${bytes} is not UTF-8`, send: [text(echo(hex(bytes)))], answers: [BAD_DATA] };
}

const numbered = (groups: typeof VALID, build: typeof valid): Case[] =>
  Object.entries(groups).flatMap(([group, all]) =>
    all.map((bytes, index) => build(`${group}.${index + 1}`, bytes)),
  );

/** Prefixes of a string whose characters have two or three bytes: valid where they end between two of them. */
const PREFIXES = Array.from({ length: KOSME.length / 2 }, (_, index) => {
  const isWhole = [2, 5, 7, 9, 11].includes(index + 1);
  return (isWhole ? valid : invalid)(`6.6.${index + 1}`, KOSME.slice(0, 2 * index + 2));
});

const message = echo(GREETING);
const cut = echo('Hello-µ@ß').length - 2;

/** Group 6: what text may hold. A message is judged when it is whole, which for 6.4 the suite calls not strict. */
export const UTF8_CASES: readonly Case[] = [
  { id: '6.1.1', title: 'text of nothing', send: [text('')], answers: [{ refused: 'validation_failed' }] },
  {
    id: '6.1.2',
    title: 'three fragments of nothing',
    send: [text('', false), continuation('', false), continuation('')],
    answers: [{ refused: 'validation_failed' }],
  },
  {
    id: '6.1.3',
    title: 'a fragment between two of nothing',
    send: [text('', false), continuation(echo('middle'), false), continuation('')],
    answers: [{ message: 'middle' }],
  },
  { id: '6.2.1', title: 'text beyond ASCII', send: [text(message)], answers: [{ message: GREETING }] },
  {
    id: '6.2.2',
    title: 'text cut between two characters',
    send: [text(message.subarray(0, cut), false), continuation(message.subarray(cut))],
    answers: [{ message: GREETING }],
  },
  {
    id: '6.2.3',
    title: 'text in fragments of one byte',
    send: fragmented(message, 1),
    answers: [{ message: GREETING }],
  },
  {
    id: '6.2.4',
    title: 'characters of many bytes in fragments of one',
    send: fragmented(echo(hex(KOSME)), 1),
    answers: [{ message: hex(KOSME).toString() }],
  },
  { id: '6.3.1', title: 'a surrogate', send: [text(echo(hex(EDITED)))], answers: [BAD_DATA] },
  {
    id: '6.3.2',
    title: 'a surrogate in fragments of one byte',
    send: fragmented(echo(hex(EDITED)), 1),
    answers: [BAD_DATA],
  },
  ...['f4', 'f490'].flatMap((beginning, index): Case[] => {
    const whole = echo(hex(`${KOSME}${beginning.padEnd(4, '90')}8080656469746564`));
    const at = echo(hex(KOSME)).length - 2 + beginning.length / 2;
    const send = [
      text(whole.subarray(0, at), false),
      continuation(whole.subarray(at, at + 3), false),
      continuation(whole.subarray(at + 3)),
    ];
    const title = `beyond the last character, cut after ${beginning}`;
    return [
      { id: `6.4.${index + 1}`, title, send, answers: [BAD_DATA] },
      { id: `6.4.${index + 3}`, title: `${title}, byte by byte`, send, chop: 1, answers: [BAD_DATA] },
    ];
  }),
  ...PREFIXES,
  {
    id: '6.7.1',
    title: '00 is UTF-8, and no JSON string',
    send: [text(echo(hex('00')))],
    answers: [{ refused: 'validation_failed' }],
  },
  ...['c280', 'e0a080', 'f0908080'].map((bytes, index) => valid(`6.7.${index + 2}`, bytes)),
  ...['ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf'].map((bytes, index) => valid(`6.11.${index + 1}`, bytes)),
  invalid('6.11.5', 'f4908080'),
  ...numbered(VALID, valid),
  ...numbered(INVALID, invalid),
];
