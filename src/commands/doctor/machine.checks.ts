import { readFile, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';

import { type AppConfig } from '../../config/app.config.js';
import { type Check } from '../../diagnostics/check.js';
import { failed, type Judgement, ok, warning } from '../../diagnostics/finding.js';
import { localCheck } from './local.check.js';

/** Descriptors beside one for each socket: repositories, pipes of git, logs. */
const SPARE_FILES = 512;
const LEAST_PROCESSES = 256;

export function machineChecks(config: AppConfig): readonly Check[] {
  return [
    localCheck(
      'connection.firewall',
      'Client Connection Failures',
      'firewall rules, where this user may read them',
      judgeFirewall,
    ),
    localCheck('resources.limits', 'Resource Cleanup', 'limits on open files and processes', () =>
      judgeLimits(config),
    ),
    localCheck('disk.free', 'Common Issues', 'free space of git.roots and the temporary folder', () =>
      judgeDisks(config),
    ),
  ];
}

async function judgeFirewall(): Promise<Judgement> {
  const ufw = await readFile('/etc/ufw/ufw.conf', 'utf8').catch(() => undefined);
  const enabled = ufw === undefined ? null : /^ENABLED=yes/m.test(ufw);
  const tables = await readFile('/proc/net/ip_tables_names', 'utf8').catch(() => undefined);
  const filters = tables === undefined ? null : tables.split('\n').includes('filter');
  const figures = { ufw_enabled: enabled, iptables_filter: filters };
  if (enabled === true || filters === true) {
    return ok(
      'a firewall is at work; clients of other machines need a rule for the port: sudo ufw status',
      figures,
    );
  }
  if (enabled === null && filters === null) return ok('no firewall is seen by this user', figures);
  return ok('no firewall filters here', figures);
}

async function judgeLimits({ server }: AppConfig): Promise<Judgement> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const soft = (name: string) => {
    const [, value = 'unknown'] = new RegExp(`^${name}\\s+(\\S+)`, 'm').exec(text) ?? [];
    return value === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(value);
  };
  const [files, processes] = [soft('Max open files'), soft('Max processes')];
  if (Number.isNaN(files))
    return ok('this system does not tell its limits', { files: null, processes: null });
  const figures = { files, processes, max_connections: server.maxConnections };
  const needed = server.maxConnections + SPARE_FILES;
  if (files >= needed && processes >= LEAST_PROCESSES) return ok(`${files} files may be open`, figures);
  const few =
    files < needed
      ? `only ${files} files may be open, for up to ${server.maxConnections} sockets`
      : `only ${processes} processes may run`;
  return warning(few, figures, {
    cause: 'the limits of the shell or of the service are low',
    cures: [
      { what: 'raise the limit before the start', command: `ulimit -n ${needed}` },
      { what: 'accept fewer sockets', setting: `server.maxConnections=${Math.max(1, files - SPARE_FILES)}` },
    ],
  });
}

async function judgeDisks({ git, health }: AppConfig): Promise<Judgement> {
  const paths = [...git.roots, tmpdir()];
  const disks = await Promise.all(
    paths.map(async (path) => {
      const disk = await statfs(path).catch(() => undefined);
      return { path, free_bytes: disk ? disk.bavail * disk.bsize : null };
    }),
  );
  const figures = { min_free_bytes: health.minDiskFreeBytes, disks };
  const full = disks.filter(({ free_bytes }) => free_bytes !== null && free_bytes < health.minDiskFreeBytes);
  if (full.length === 0) return ok('the disks have space', figures);
  return failed(`the disk of ${full.map(({ path }) => path).join(', ')} is nearly full`, figures, {
    cause: 'less is free than health.minDiskFreeBytes',
    cures: [{ what: 'see what fills it', command: 'df -h' }],
  });
}
