import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

const command = (...words) => execFileSync(words[0], words.slice(1), { encoding: 'utf8' }).trim();
const versionOf = (name) =>
  JSON.parse(readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8'))
    .version;

/** What the figures were measured on and with. */
export function machine() {
  return {
    cpu: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    node: process.version,
    git: command('git', '--version').replace('git version ', ''),
    ws: versionOf('ws'),
    'git-mcp-server': versionOf('@cyanheads/git-mcp-server'),
    commit: command('git', 'rev-parse', '--short', 'HEAD'),
  };
}

/** Processes that wanted a processor in the last minute: above the number of processors, times say little. */
export const load = () => Number(loadavg()[0].toFixed(1));
