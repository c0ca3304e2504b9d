import { type Case, echo } from './case.js';
import { CLOSE_CASES } from './cases/close.cases.js';
import { FRAGMENT_CASES } from './cases/fragments.cases.js';
import { FRAMING_CASES } from './cases/framing.cases.js';
import { LIMIT_CASES } from './cases/limit.cases.js';
import { UTF8_CASES } from './cases/utf8.cases.js';
import { type Answer, RawConnection } from './raw-connection.js';

export const GROUPS: Readonly<Record<string, readonly Case[]>> = {
  'Framing, pings, reserved bits and opcodes': FRAMING_CASES,
  Fragmentation: FRAGMENT_CASES,
  'UTF-8': UTF8_CASES,
  'The closing handshake': CLOSE_CASES,
  Limits: LIMIT_CASES,
};

/** Of the groups 1 to 7, 9 and 10 of the Autobahn test suite. */
export const AUTOBAHN_CASES = 16 + 11 + 7 + 10 + 20 + 145 + 37 + 54 + 1;

/** Asked for after a case that leaves the connection open: nothing else is still to come before its answer. */
const END = 'the end';

/** @returns all that a server says to a case, which is to be its `answers` */
export async function saidTo(port: number, { send, chop, answers }: Case): Promise<readonly Answer[]> {
  const connection = await RawConnection.open(port);
  await connection.send(typeof send === 'function' ? send() : send, chop);
  const said = await (answers.some((answer) => 'close' in answer)
    ? connection.toTheEnd()
    : connection.upTo(echo(END), END));
  connection.destroy();
  return said;
}

/** Of the Autobahn test suite itself; the others are ours. */
export function isOfAutobahn({ id }: Case): boolean {
  return /^\d/.test(id);
}
