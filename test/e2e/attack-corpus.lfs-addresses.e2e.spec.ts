import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { GitRepository } from '../support/git-repository.js';
import { lfsId, lfsPointer } from '../support/lfs-pointer.js';
import { stdioCommand } from '../support/mcp/doors.js';

const LFS_SERVER = fileURLToPath(new URL('../support/attacks/public-lfs-server.mjs', import.meta.url));
const PUBLIC = '93.184.216.34';
/** They are there as well, where somebody listens. */
const PRIVATE = ['10.0.0.1', '100.64.0.1', '169.254.169.254', '172.16.0.1', '192.168.0.1'];
const HOSTS = PRIVATE.concat(
  ['127.0.0.1', 'localhost', 'a.localhost', '0.0.0.0', '2130706433', '0x7f000001', '0177.0.0.1', '127.1'],
  ['[::1]', '[::ffff:127.0.0.1]', '[::]', '[fe80::1]', '[fd00::1]'],
);
const SET_UP = `ip link set lo up${[PUBLIC, ...PRIVATE].map((one) => ` && ip addr add ${one}/32 dev lo`).join('')}`;
const canHaveNetwork = spawnSync('unshare', ['--map-root-user', '--net', 'sh', '-c', SET_UP]).status === 0;

interface Fetched {
  readonly effects: readonly { readonly subject: string }[];
  readonly failed: readonly { readonly path: string; readonly code: string; readonly reason?: string }[];
}

/** In a network of its own, where the LFS server has an address that the policy lets through. */
describe.skipIf(!canHaveNetwork)('An LFS server on a public address', () => {
  let repo: GitRepository;
  let client: Client;
  let fetched: Fetched;
  let log: string;

  beforeAll(async () => {
    repo = new GitRepository();
    const contents = Object.fromEntries(HOSTS.map((host) => [host, `content of ${host}`]));
    const hrefs = HOSTS.map((host) => [lfsId(contents[host] ?? ''), `http://${host}:8080/a`] as const);
    const plan = { [lfsId('aaaa')]: `http://${PUBLIC}/a`, ...Object.fromEntries(hrefs) };
    const [planFile, logFile] = [`${repo.root}/plan`, `${repo.root}/log`];
    writeFileSync(planFile, JSON.stringify(plan));
    writeFileSync(logFile, '');
    const pointers = HOSTS.map((host, index) => [`${index}.bin`, lfsPointer(contents[host] ?? '')]);
    repo.commitFiles('one', { 'own.bin': lfsPointer('aaaa'), ...Object.fromEntries(pointers) });
    repo.git(['remote', 'add', 'origin', `http://${PUBLIC}/team/app.git`]);
    const { command, args } = stdioCommand(repo.path);
    const server = `node '${LFS_SERVER}' ${PUBLIC} '${planFile}' '${logFile}' >&2 & listening=$!`;
    const ready = `until grep -q listening '${logFile}'; do sleep 0.05; done`;
    const script = `${SET_UP} && { ${server}; ${ready}; "$@"; kill $listening; }`;
    client = new Client({ name: 'test', version: '1' });
    await client.connect(
      new StdioClientTransport({
        command: 'unshare',
        args: ['--map-root-user', '--net', 'sh', '-c', script, 'sh', command, ...args],
        env: { PATH: process.env['PATH'] ?? '', MCP_GIT_GIT_REMOTE_PROTOCOLS: 'http' },
      }),
    );
    const call = { name: 'git_lfs_transfer', arguments: { repo_path: repo.path, action: 'fetch' } };
    fetched = (await client.callTool(call)).structuredContent as unknown as Fetched;
    log = readFileSync(logFile, 'utf8');
  }, 120_000);

  afterAll(async () => {
    await client?.close();
    repo?.remove();
  });

  it('is asked, and gives what it has itself', () => {
    expect(fetched.effects).toMatchObject([{ subject: 'own.bin' }]);
    expect(log.split('\n')).toEqual(['listening', 'POST /team/app.git/info/lfs/objects/batch', 'GET /a', '']);
  });

  it.each(HOSTS.map((host, index) => [host, `${index}.bin`]))('leads nobody to %s', (_host, path) => {
    const failure = fetched.failed.find((one) => one.path === path);

    expect(failure).toMatchObject({ code: 'forbidden', reason: 'private-address' });
    expect(log).not.toContain('inside');
  });
});
