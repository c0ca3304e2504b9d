import { OWNER_VARIABLE } from '../../config/environment.source.js';
import { type ProcessIdentity, thisProcess } from '../../shared/process-identity.js';

const MARK = /^(\d{1,10}):(\d{1,20})$/;

/** `pid:start` of this server; its hooks and what they start have it too. */
export function ownerMark(): string {
  const { pid, startedAt } = thisProcess();
  return `${pid}:${startedAt}`;
}

/** @param environ as /proc shows it @returns nothing where no server has started the process */
export function ownerIn(environ: string): ProcessIdentity | undefined {
  const entry = environ.split('\0').find((one) => one.startsWith(`${OWNER_VARIABLE}=`));
  const [, pid, startedAt] = MARK.exec(entry?.slice(OWNER_VARIABLE.length + 1) ?? '') ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), startedAt: Number(startedAt) };
}
