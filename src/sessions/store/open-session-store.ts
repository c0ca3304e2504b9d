import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';

import { Logger } from '@nestjs/common';

import {
  type ServerConfig,
  type SessionsConfig,
  type SessionStoreConfig,
} from '../../config/sections/index.js';
import { FileSessionStore } from './file-session.store.js';
import { MemorySessionStore } from './memory-session.store.js';
import { type SessionStore } from './session-store.port.js';

/** Where the operating system has users' programs keep what outlives them. */
const STATE_FOLDER = join('.local', 'state', 'mcp-git-server');

/**
 * The store that the configuration asks for, ready for use. A folder that nobody has named and that cannot be used is no
 * reason not to start: the sessions are kept in memory then, and the log says so.
 *
 * @throws Error where the operator's own choice cannot be used
 */
export async function openSessionStore(
  { store }: SessionsConfig,
  { port }: ServerConfig,
): Promise<SessionStore> {
  if (store.kind === 'redis') return openRedis(store, port);
  if (store.kind === 'memory') return new MemorySessionStore();
  // Without a port of its own nobody could find the sessions again.
  if (store.path === '' && port === 0) return new MemorySessionStore();
  const file = new FileSessionStore(
    store.path === '' ? join(homedir(), STATE_FOLDER, String(port)) : resolve(store.path),
  );
  try {
    await file.open();
    return file;
  } catch (err) {
    if (store.path !== '') throw err;
    new Logger('SessionStore').warn('Sessions are kept in memory: the default folder cannot be used', {
      err,
    });
    return new MemorySessionStore();
  }
}

// Whoever keeps sessions elsewhere does not load the client.
async function openRedis(
  { url, prefix, node, timeout }: SessionStoreConfig,
  port: number,
): Promise<SessionStore> {
  const { RedisSessionStore } = await import('./redis/redis-session.store.js');
  const host = hostname();
  const name = node === '' ? `${host}:${port}` : node;
  const store = new RedisSessionStore({ url, prefix, node: name, host, timeoutMs: timeout });
  await store.open();
  return store;
}
