// Proves that what npm pack makes works where nothing else is: installed in an empty folder, from the registry, each
// command answers and the server serves. nodegit is not compiled again, which would take minutes, but taken from
// here; PACKAGE_PROOF=full compiles it as a user's npm install does.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { copyCompiledAddon, expect, prove, ROOT, run, withServer } from './proof/steps.mjs';

const full = process.env.PACKAGE_PROOF === 'full';
const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];

await prove('the npm package, installed in an empty folder', async (folder) => {
  const [packed] = JSON.parse(
    lastJson(run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT })),
  );
  const surplus = packed.files.filter(({ path }) =>
    /^dist\/.*(\.spec\.js|\.map|\.ts|\.tsbuildinfo)$/.test(path),
  );
  expect(
    surplus.length === 0,
    `the package holds what it needs not: ${surplus.map(({ path }) => path).join(', ')}`,
  );

  const place = join(folder, 'empty');
  mkdirSync(place);
  writeFileSync(join(place, 'package.json'), '{"private":true}');
  const scripts = full ? [] : ['--ignore-scripts'];
  run('npm', ['install', ...scripts, ...quiet, join(folder, packed.filename)], { cwd: place });
  const installed = join(place, 'node_modules/mcp-git-server');
  if (!full) {
    copyCompiledAddon(join(installed, 'node_modules'));
    run(process.execPath, [join(installed, 'scripts/make-code-cache.mjs')], { cwd: installed });
  }
  expect(
    existsSync(join(installed, 'dist/bundle/server.cjs.cache')),
    'the installation has made no code cache',
  );

  const bin = join(place, 'node_modules/.bin/mcp-git-server');
  const env = { PATH: process.env.PATH, HOME: folder, MCP_GIT_LOG_LEVEL: 'warn' };
  const answer = (...args) => run(bin, args, { cwd: place, env });
  expect(answer('version').trim() === packed.version, 'version prints another version');
  expect(answer('--help').includes('Usage'), '--help explains nothing');
  expect(answer('config').includes('level: warn # MCP_GIT_LOG_LEVEL'), 'config does not print what counts');
  expect(JSON.parse(answer('config', '--schema')).properties.server, 'config --schema prints no schema');

  await withServer(bin, ['serve', '--port', '0'], { cwd: place, env }, async (url) => {
    const live = await fetch(`${url}/health/live`);
    expect(live.status === 200, `/health/live answers ${live.status}`);
    const health = await (await fetch(`${url}/health`)).json();
    expect(
      health.details.git.libgit2 === 'works',
      `/health says of git ${JSON.stringify(health.details.git)}`,
    );
  });
});

// The scripts that npm runs while it packs may print before the answer.
function lastJson(output) {
  return output.slice(output.search(/^\[/m));
}
