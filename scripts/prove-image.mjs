// Where no container engine is at hand: takes the last stage of the Dockerfile apart and does by hand what it says, in
// an empty folder. Its COPY lines decide which files are there, its ENV what the server is told, its CMD and
// HEALTHCHECK what runs. What it does not prove: the base image, the system packages, the compiler, the user, the init.
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';

import { copyCompiledAddon, expect, prove, ROOT, run, withServer } from './proof/steps.mjs';

const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n');
const stage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
const valuesOf = (instruction) =>
  stage
    .filter((line) => line.startsWith(`${instruction} `))
    .map((line) => line.slice(instruction.length + 1));

await prove('the steps of the Dockerfile', async (folder) => {
  const image = Object.fromEntries(
    valuesOf('ENV').flatMap((line) =>
      [...line.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
    ),
  );
  for (const copied of valuesOf('COPY').map((line) => line.replaceAll(/--\S+ /g, '').split(' ')))
    for (const path of copied.slice(0, -1)) place(path, folder);

  const env = { PATH: process.env.PATH, HOME: folder, ...image };
  const [program, ...args] = JSON.parse(valuesOf('CMD')[0]);
  const refused = spawnSync(program, args, { cwd: folder, env, encoding: 'utf8', timeout: 60_000 });
  expect(refused.status === 78, `without a token the server ends with ${refused.status} instead of 78`);
  expect(
    refused.stderr.includes('MCP_GIT_AUTH_TOKENS'),
    'without a token the server does not say how to give one',
  );

  const sha256 = createHash('sha256').update('proof').digest('hex');
  const tokens = JSON.stringify([{ name: 'proof', sha256, scopes: ['git:read'] }]);
  const started = {
    ...env,
    MCP_GIT_PORT: '0',
    MCP_GIT_LOG_LEVEL: 'warn',
    MCP_GIT_ROOTS: folder,
    MCP_GIT_AUTH_MODE: 'token',
    MCP_GIT_AUTH_TOKENS: tokens,
  };
  await withServer(program, args, { cwd: folder, env: started }, async (url) => {
    const { port } = new URL(url);
    const [, probe] = /CMD (.*)$/.exec(valuesOf('HEALTHCHECK')[0]);
    const [checker, ...words] = JSON.parse(probe);
    run(checker, words, { cwd: folder, env: { ...env, MCP_GIT_PORT: port } });
    const health = await (await fetch(`${url}/health`)).json();
    expect(
      health.details.git.libgit2 === 'works',
      `/health says of git ${JSON.stringify(health.details.git)}`,
    );
  });
});

// Paths of the stages before are made here as those stages make them.
function place(path, folder) {
  const name = path.replace(/^\/app\//, '');
  if (name !== 'node_modules') return cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  for (const manifest of ['package.json', 'package-lock.json'])
    cpSync(join(ROOT, manifest), join(folder, manifest));
  const options = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', ['ci', ...options], { cwd: folder });
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  return copyCompiledAddon(join(folder, name));
}
