import { lstatSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

const NAME = 'mcp-git-writer.sock';
/** What a socket's address has room for. */
const MAX_PATH_BYTES = 107;

/**
 * Listens to a socket beneath the common folder, which is then nobody else's. In all containers of this system one can
 * ask there: the kernel answers for a process that is merely stopped, and refuses as soon as it is dead.
 *
 * @returns `undefined` where there can be no socket, and none is
 */
export function showLife(commonDir: string): Server | undefined {
  const path = join(commonDir, NAME);
  rmSync(path, { force: true });
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return undefined;
  const server = createServer((socket) => socket.destroy());
  // Told later; whether it listens is known at once.
  server.on('error', () => undefined);
  server.listen(path).unref();
  return server.listening ? server : undefined;
}

/** @returns `unknown` where nobody can be asked */
export async function lifeSign(commonDir: string): Promise<'alive' | 'dead' | 'unknown'> {
  const path = join(commonDir, NAME);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES || !isSocket(path)) return 'unknown';
  return new Promise((resolve) => {
    const asked = connect(path);
    asked.once('connect', () => {
      asked.destroy();
      resolve('alive');
    });
    asked.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'ECONNREFUSED' ? 'dead' : 'unknown'),
    );
  });
}

/** Anything else would refuse as well. */
function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return false;
  }
}
