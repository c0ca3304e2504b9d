import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

export interface PortHolder {
  readonly pid: number;
  /** Program and script; the other arguments may hold secrets. */
  readonly command: string;
}

const LISTENING = '0A';

/**
 * Finds the process that listens on a TCP port of this machine.
 *
 * @returns undefined where the system does not show it: another user's process, or no Linux
 */
export async function findPortHolder(port: number): Promise<PortHolder | undefined> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readOrEmpty));
  const sockets = new Set(
    tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`),
  );
  if (sockets.size === 0) return undefined;
  for (const pid of (await listOrEmpty('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (await holdsOneOf(pid, sockets)) return { pid: Number(pid), command: await commandOf(pid) };
  }
  return undefined;
}

// proc(5): "sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode", addresses as hex `host:port`.
function listeningInodes(table: string, port: number): string[] {
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local = '', , state]) =>
        state === LISTENING && Number.parseInt(local.split(':')[1] ?? '', 16) === port,
    )
    .flatMap((fields) => fields[9] ?? []);
}

async function holdsOneOf(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const descriptor of await listOrEmpty(folder)) {
    const target = await readlink(`${folder}/${descriptor}`).catch(() => '');
    if (sockets.has(target)) return true;
  }
  return false;
}

async function commandOf(pid: string): Promise<string> {
  const [program = '', script = ''] = (await readOrEmpty(`/proc/${pid}/cmdline`)).split('\0');
  const words = [basename(program), ...(script.startsWith('-') || script === '' ? [] : [basename(script)])];
  return words.join(' ') || 'a process';
}

// A process may end, or be another user's, between being listed and being looked at.
function listOrEmpty(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
