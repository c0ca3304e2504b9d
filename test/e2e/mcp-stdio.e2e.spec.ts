import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { eventually } from '../support/eventually.js';
import { GitRepository } from '../support/git-repository.js';
import { StdioProcess } from '../support/mcp/stdio-process.js';
import { descendantsOf, isAlive } from '../support/server-process.js';
import { SilentServer } from '../support/silent-server.js';

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 'hello',
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};
const VERBOSE = ['--set', 'log.level=debug'];
const PRIVATE_REMOTES = ['--set', 'git.remote.allowPrivateAddresses=true'];

describe('The server over stdio', () => {
  let repository: GitRepository;
  let server: StdioProcess;

  beforeEach(() => {
    repository = new GitRepository();
    repository.commit('first');
  });

  afterEach(() => {
    server.kill();
    repository.remove();
  });

  async function start(words: readonly string[] = []): Promise<void> {
    server = new StdioProcess(repository.root, words);
    server.send(INITIALIZE);
    await answer('hello');
    server.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  }

  const call = (id: string, name: string, args: object) =>
    server.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });

  async function answer(id: string | null): Promise<object> {
    await eventually(() => expect(server.messages.some((message) => message.id === id)).toBe(true), 60_000);
    return server.messages.find((message) => message.id === id) ?? {};
  }

  it('writes nothing but the protocol to standard output, however much it logs', async () => {
    await start(VERBOSE);

    call('status', 'git_status', { repo_path: repository.path });
    call('refused', 'git_status', { repo_path: '/' });
    await answer('status');
    await answer('refused');

    expect(server.messages.map(({ jsonrpc }) => jsonrpc)).toEqual(['2.0', '2.0', '2.0']);
    expect(server.errors).toContain('git_status');
  });

  it('goes on after a line that is no JSON', async () => {
    await start();

    server.send('{"jsonrpc":');
    call('status', 'git_status', { repo_path: repository.path });

    expect(await answer('status')).toMatchObject({ result: { structuredContent: { branch: 'main' } } });
  });

  it('opens no port', async () => {
    await start();

    expect(listeningSocketsOf(server.pid)).toEqual([]);
  });

  it('ends with its parent, and with it what it has begun', async () => {
    const silent = await SilentServer.start();
    await start([...PRIVATE_REMOTES, '--set', 'server.drainTimeout=100ms']);
    call('clone', 'git_clone', { url: silent.url, repo_path: repository.file('../never') });
    await eventually(() => expect(gitsOf(server.pid)).not.toEqual([]));
    const gits = gitsOf(server.pid);

    server.closeInput();

    expect(await server.ended()).toBe(0);
    expect(gits.filter(({ pid }) => isAlive(pid))).toEqual([]);
    await silent.stop();
  });
});

function gitsOf(pid: number): { pid: number; command: string }[] {
  return descendantsOf(pid).filter(({ command }) => command.includes('never.git'));
}

/** Inodes of the TCP sockets that a process listens on. */
function listeningSocketsOf(pid: number): string[] {
  const LISTENING = '0A';
  const inodes = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTENING)
      .map((fields) => `socket:[${fields[9]}]`),
  );
  const open = new Set(readdirSync(`/proc/${pid}/fd`).flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`)));
  return inodes.filter((inode) => open.has(inode));
}

function linkOf(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return []; // It was closed while we looked.
  }
}
