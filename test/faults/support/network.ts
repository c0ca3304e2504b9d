import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A network namespace that is joined to ours by a cable which can be cut. Needs the rights of root; remove it. */
export class Network {
  private readonly name = `mcp${process.pid}`;
  private readonly subnet = `10.213.${process.pid % 250}`;
  /** Our end of the cable. */
  readonly host = `${this.subnet}.1`;
  /** The other end. */
  readonly inside = `${this.subnet}.2`;
  /** In front of the words of a command: it runs there. */
  readonly within = ['ip', 'netns', 'exec', this.name];
  private readonly settings = join('/etc/netns', this.name);

  constructor() {
    this.ip('netns', 'add', this.name);
    this.ip('link', 'add', `${this.name}a`, 'type', 'veth', 'peer', 'name', `${this.name}b`);
    this.ip('link', 'set', `${this.name}b`, 'netns', this.name);
    this.ip('addr', 'add', `${this.host}/30`, 'dev', `${this.name}a`);
    this.ip('link', 'set', `${this.name}a`, 'up');
    this.ip('-n', this.name, 'addr', 'add', `${this.inside}/30`, 'dev', `${this.name}b`);
    this.ip('-n', this.name, 'link', 'set', `${this.name}b`, 'up');
  }

  cut(): void {
    this.ip('-n', this.name, 'link', 'set', `${this.name}b`, 'down');
  }

  /** Makes it a world of its own: it has these addresses beside its loopback, and asks itself for names. */
  makeWorld(addresses: readonly string[]): void {
    this.ip('-n', this.name, 'link', 'set', 'lo', 'up');
    for (const address of addresses) this.ip('-n', this.name, 'addr', 'add', `${address}/32`, 'dev', 'lo');
    mkdirSync(this.settings, { recursive: true });
    writeFileSync(join(this.settings, 'resolv.conf'), 'nameserver 127.0.0.1\n');
  }

  remove(): void {
    this.ip('netns', 'del', this.name);
    spawnSync('ip', ['link', 'del', `${this.name}a`]);
    rmSync(this.settings, { recursive: true, force: true });
  }

  private ip(...args: string[]): void {
    const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
  }
}
