import { type ChildProcess, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import { vi } from 'vitest';

import { startSshd } from './sshd.js';

const AUTHENTICATE = 'far/git-lfs-authenticate';

/**
 * The other end of ssh, with a git-lfs-authenticate that says what it is told to: a program in the place of ssh that runs the
 * command as a server would, or the sshd of this machine. Close it.
 */
export class SshFarSide {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'ssh-')));
  /** To be first in PATH. */
  readonly bin = join(this.folder, 'bin');
  private readonly asked = join(this.folder, 'asked');
  private readonly told = join(this.folder, 'told');
  port = 22;
  private server: ChildProcess | undefined;

  private constructor() {
    mkdirSync(this.bin);
    mkdirSync(join(this.folder, 'far'));
    this.answers({});
  }

  /** In the place of ssh: notes its arguments and runs the last one. */
  static standIn(): SshFarSide {
    const here = new SshFarSide();
    here.program(
      'bin/ssh',
      `printf '%s\\n' "$@" >> '${here.told}'; env >> '${here.told}'\nfor command; do :; done\nPATH='${here.folder}/far':$PATH exec sh -c "$command"\n`,
    );
    return here;
  }

  static async sshd(): Promise<SshFarSide> {
    const here = new SshFarSide();
    await here.listen();
    return here;
  }

  get user(): string {
    return userInfo().username;
  }

  /** @param answer what it says on standard output; a text is said as it is */
  answers(answer: object | string, exitCode = 0): void {
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
    writeFileSync(join(this.folder, 'said'), text);
    this.program(
      AUTHENTICATE,
      `printf '%s\\n' "$*" >> '${this.asked}'\ncat '${this.folder}/said'\nexit ${exitCode}\n`,
    );
  }

  /** It has no such program, until it is told what to answer. */
  knowsNothing(): void {
    rmSync(join(this.folder, AUTHENTICATE));
  }

  /** How often, and with which arguments, it was asked. */
  get questions(): readonly string[] {
    return linesOf(this.asked);
  }

  /** The arguments and the environment of the program in the place of ssh. */
  get toldLines(): readonly string[] {
    return linesOf(this.told);
  }

  async close(): Promise<void> {
    if (this.server) {
      const gone = new Promise((resolve) => this.server?.once('exit', resolve));
      this.server.kill();
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private program(path: string, script: string): void {
    writeFileSync(join(this.folder, path), `#!/bin/sh\n${script}`, { mode: 0o755 });
  }

  private async listen(): Promise<void> {
    this.port = await freePort();
    const at = (name: string) => join(this.folder, name);
    for (const key of ['host', 'user'])
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', at(key)]);
    const known = readFileSync(at('host.pub'), 'utf8');
    writeFileSync(at('known'), `[127.0.0.1]:${this.port} ${known}`);
    writeFileSync(
      at('sshd_config'),
      `Port ${this.port}\nListenAddress 127.0.0.1\nHostKey ${at('host')}\nAuthorizedKeysFile ${at('user.pub')}
StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\nSetEnv PATH=${at('far')}:/usr/bin:/bin\n`,
    );
    writeFileSync(
      at('ssh_config'),
      `Host *\nUserKnownHostsFile ${at('known')}\nGlobalKnownHostsFile none\nIdentityFile ${at('user')}\nIdentitiesOnly yes\n`,
    );
    this.program('bin/ssh', `exec /usr/bin/ssh -F '${at('ssh_config')}' "$@"\n`);
    this.server = startSshd(this.folder);
    await vi.waitFor(() => reached(this.port), { timeout: 10_000 });
  }
}

function linesOf(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

function reached(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
