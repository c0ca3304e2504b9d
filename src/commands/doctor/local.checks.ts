import { access, constants, stat } from 'node:fs/promises';
import { createServer } from 'node:net';

import { type AppConfig } from '../../config/app.config.js';
import { type Check } from '../../diagnostics/check.js';
import { ListeningCheck } from '../../diagnostics/checks/listening.check.js';
import { failed, type Judgement, ok, warning } from '../../diagnostics/finding.js';
import { findPortHolder } from '../port-holder.js';
import { enginesChecks } from './engines.checks.js';
import { localCheck } from './local.check.js';
import { machineChecks } from './machine.checks.js';

const OLDEST_NODE = [20, 19] as const;
const WORLD_WRITABLE = 0o002;
const STICKY = 0o1000;

/** What can be said of this machine and this configuration before a server runs. */
export function localChecks(
  config: AppConfig,
  warnings: readonly string[],
  file: string | undefined,
): readonly Check[] {
  const start = "Server Won't Start";
  return [
    localCheck('startup.node', start, 'the version of Node', judgeNode),
    localCheck('startup.configuration', start, 'files, variables and flags', () =>
      judgeConfiguration(warnings),
    ),
    ...enginesChecks(config),
    localCheck('startup.roots', start, "git.roots: there, readable, writable, not everybody's", () =>
      judgeRoots(config.git.roots),
    ),
    localCheck('startup.trust', start, 'git.trustedRoots: whose programs run, and who may change them', () =>
      judgeTrust(config.git.trustedRoots),
    ),
    localCheck('startup.files', start, 'modes of the files that the server trusts', () => judgeFiles(file)),
    localCheck('startup.port', start, 'whether the port is free, or who holds it', () =>
      judgePort(config.server),
    ),
    new ListeningCheck(config.server, config.auth),
    ...machineChecks(config),
  ];
}

function judgeNode(): Judgement {
  const figures = {
    version: process.version,
    platform: process.platform,
    arch: process.arch,
    oldest: OLDEST_NODE.join('.'),
  };
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  if (!isOld) return ok(`Node ${process.version} on ${process.platform}`, figures);
  return failed(`Node ${process.version} is too old`, figures, {
    cause: `the server needs Node ${figures.oldest} or later`,
    cures: [{ what: 'install a newer Node', command: 'npx n lts' }],
  });
}

function judgeConfiguration(warnings: readonly string[]): Judgement {
  const figures = { warnings };
  if (warnings.length === 0) return ok('the configuration has no faults', figures);
  return warning(`${warnings.length} settings are questionable: ${warnings[0]}`, figures, {
    cause: warnings.join('; '),
    cures: [{ what: 'see each value with its source', command: 'mcp-git-server config' }],
  });
}

async function judgeRoots(roots: readonly string[]): Promise<Judgement> {
  if (roots.length === 0) {
    return warning(
      'no folder of repositories is named: every call of a tool will be refused',
      { roots: [] },
      {
        cause: 'git.roots is empty',
        cures: [
          { what: 'name a repository, or a folder of them', setting: 'git.roots=/path/to/repositories' },
        ],
      },
    );
  }
  const looked = await Promise.all(roots.map(async (path) => ({ path, problem: await problemOf(path) })));
  const figures = { roots: looked };
  const bad = looked.filter(({ problem }) => problem !== null);
  if (bad.length === 0) return ok(`${roots.length} roots are readable and writable`, figures);
  const said = bad.map(({ path, problem }) => `${path} ${problem}`).join('; ');
  const unusable = bad.some(({ problem }) => problem !== EVERYBODYS);
  return (unusable ? failed : warning)(said, figures, {
    cause: 'the folder is not there, or its modes do not fit the user that the server runs as',
    cures: bad.map(({ path, problem }) => ({
      what: `mend ${path}`,
      command: problem === EVERYBODYS ? `chmod o-w ${path}` : `chmod u+rwx ${path}`,
    })),
  });
}

async function judgeTrust(trusted: readonly string[]): Promise<Judgement> {
  if (trusted.length === 0) return ok('no repository may run programs of its own', { trusted: [] });
  const looked = await Promise.all(trusted.map(async (path) => ({ path, problem: await problemOf(path) })));
  const figures = { trusted: looked };
  const open = looked.filter(({ problem }) => problem === EVERYBODYS);
  if (open.length === 0)
    return ok(`hooks, filters and signing programs run in ${trusted.length} trusted folders`, figures);
  const said = open.map(({ path }) => path).join(', ');
  return failed(`everybody may write to trusted folders: ${said}`, figures, {
    cause: 'whoever writes a hook there has it run as the user of the server',
    cures: [
      ...open.map(({ path }) => ({ what: `mend ${path}`, command: `chmod o-w ${path}` })),
      { what: 'or trust none', setting: 'git.trustedRoots=[]' },
    ],
  });
}

const EVERYBODYS = 'may be written by everybody';

async function problemOf(path: string): Promise<string | null> {
  const info = await stat(path).catch(() => undefined);
  if (!info) return 'is not there';
  if (!info.isDirectory()) return 'is no folder';
  const allowed = (mode: number) =>
    access(path, mode).then(
      () => true,
      () => false,
    );
  if (!(await allowed(constants.R_OK | constants.X_OK))) return 'cannot be read';
  if (!(await allowed(constants.W_OK))) return 'cannot be written';
  return (info.mode & WORLD_WRITABLE) !== 0 && (info.mode & STICKY) === 0 ? EVERYBODYS : null;
}

async function judgeFiles(file: string | undefined): Promise<Judgement> {
  const paths = [process.argv[1] ?? '', ...(file === undefined ? [] : [file])].filter((path) => path !== '');
  const looked = await Promise.all(
    paths.map(async (path) => ({
      path,
      mode: ((await stat(path).catch(() => undefined))?.mode ?? 0) & 0o7777,
    })),
  );
  const figures = { files: looked.map(({ path, mode }) => ({ path, mode: mode.toString(8) })) };
  const open = looked.filter(({ mode }) => (mode & WORLD_WRITABLE) !== 0);
  if (open.length === 0) return ok('nobody else may change the program or its configuration', figures);
  return warning(`everybody may change ${open.map(({ path }) => path).join(', ')}`, figures, {
    cause: 'its modes allow it',
    cures: open.map(({ path }) => ({ what: 'take the right away', command: `chmod o-w ${path}` })),
  });
}

async function judgePort({ host, port }: AppConfig['server']): Promise<Judgement> {
  const figures = { host, port };
  if (port === 0) return ok('a free port is taken at the start', figures);
  const code = await listenError(host, port);
  if (code === undefined) return ok(`port ${port} on ${host} is free`, figures);
  if (code !== 'EADDRINUSE') {
    return failed(`port ${port} on ${host} cannot be opened (${code})`, figures, {
      cause: code === 'EACCES' ? 'this user may not open it' : 'the address is not one of this machine',
      cures: [
        { what: 'take another one', setting: 'server.port=8080' },
        { what: 'listen on this machine', setting: 'server.host=127.0.0.1' },
      ],
    });
  }
  const holder = await findPortHolder(port);
  const who = holder ? `${holder.command} (process ${holder.pid})` : 'a process of another user';
  const held = { ...figures, holder: holder?.command ?? null, pid: holder?.pid ?? null };
  if (holder?.command.includes('mcp-git-server') || holder?.command.includes('cli.js')) {
    return ok(`port ${port} on ${host} is held by a running server (process ${holder.pid})`, held);
  }
  return failed(`port ${port} on ${host} is held by ${who}`, held, {
    cause: 'another program listens there',
    cures: [
      ...(holder ? [{ what: 'end it', command: `kill ${holder.pid}` }] : []),
      { what: 'take another port', setting: `server.port=${port < 65_535 ? port + 1 : port - 1}` },
    ],
  });
}

function listenError(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen(port, host, () => probe.close(() => resolve(undefined)));
  });
}
