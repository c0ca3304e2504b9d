import { lookup } from 'node:dns/promises';
import net from 'node:net';

/** A socket that is bound and that nobody accepts from here. */
export interface ListeningSocket {
  readonly descriptor: number;
  readonly port: number;
  close(): void;
}

interface RawHandle {
  readonly fd: number;
  getsockname(into: { port?: number }): number;
  close(): void;
}

/** What Node's own cluster binds with. It is not documented, and has been there as long as cluster has. */
type Bind = (address: string, port: number, addressType: 4 | 6) => RawHandle | number;

/** The system's number of the error, negative, where the address is taken. */
const ADDRESS_IN_USE = -98;

/**
 * Binds the address for servers that come and go: as long as the supervisor holds the socket, whoever connects while
 * none of them runs waits in the queue of the system and is not refused.
 *
 * @throws Error with the `code` of the system where the address cannot be had
 */
export async function bindSocket(host: string, port: number): Promise<ListeningSocket> {
  const { address, family } = await lookup(host);
  const bind = (net as unknown as { _createServerHandle: Bind })._createServerHandle;
  const handle = bind(address, port, family === 6 ? 6 : 4);
  if (typeof handle === 'number') throw failure(handle);
  const bound: { port?: number } = {};
  handle.getsockname(bound);
  // libuv keeps it to itself that the address is taken until somebody listens; the port is not ours then.
  if (bound.port === undefined || bound.port === 0 || (port !== 0 && bound.port !== port)) {
    handle.close();
    throw failure(ADDRESS_IN_USE);
  }
  return { descriptor: handle.fd, port: bound.port, close: () => handle.close() };
}

function failure(errno: number): NodeJS.ErrnoException {
  const code = CODES.get(errno) ?? `errno ${errno}`;
  return Object.assign(new Error(`bind ${code}`), { code, errno });
}

const CODES = new Map([
  [ADDRESS_IN_USE, 'EADDRINUSE'],
  [-13, 'EACCES'],
  [-99, 'EADDRNOTAVAIL'],
]);
