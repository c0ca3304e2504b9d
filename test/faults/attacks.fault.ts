import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { AttackPlace } from '../support/attacks/attack-place.js';
import { type Answered, AttackServer, faultsOf, outcomeOf } from '../support/attacks/attack-server.js';
import { hostileEnvironment } from '../support/attacks/hostile-environment.js';
import { LAYOUT_CASES } from '../support/attacks/layout-cases.js';
import { LayoutAttack } from '../support/attacks/layout-attack.js';
import { ListeningForge, textBelow } from '../support/attacks/listening-forge.js';
import { PRIVATE_HOSTS, urlsAt } from '../support/attacks/private-hosts.js';
import { PROGRAM_CASES } from '../support/attacks/program-cases.js';
import { CHILD_ENVIRONMENT } from '../support/child-environment.js';
import { Figures, LONG } from './support/figures.js';

const SECRET = 'hunter2-and-more';
/** What a process of git may be given beside what each has: by its command, its repository and its author. */
const ALSO_GIVEN =
  /^(TZ|GIT_(AUTHOR|COMMITTER)_(NAME|EMAIL|DATE)|GIT_(COMMON_DIR|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES)|GIT_CONFIG_(COUNT|(KEY|VALUE)_\d+))$/;

describe('Attacks on the server as it is shipped', () => {
  let places: readonly AttackPlace[];
  let server: Awaited<ReturnType<typeof AttackServer.shipped>>;
  let answered: readonly Answered[];
  let seen: string;

  /** One server, every tool in repositories that name programs, and every git process looked at on the way. */
  beforeAll(async () => {
    places = AttackPlace.several(3);
    for (const place of places) {
      for (const { content } of PROGRAM_CASES) content?.(place);
      for (const { prepare } of PROGRAM_CASES) prepare(place);
      place.seal();
    }
    const [first] = places as [AttackPlace];
    seen = join(first.base, 'seen');
    mkdirSync(seen);
    const binary = join(first.base, 'looking-git');
    const look = `cat /proc/$$/environ > ${seen}/$$.environ; cat /proc/$$/cmdline > ${seen}/$$.cmdline`;
    writeFileSync(binary, `#!/bin/sh\n${look}\nexec git "$@"\n`, { mode: 0o755 });
    server = await AttackServer.shipped(places, {
      ...hostileEnvironment(first),
      FORGE_TOKEN: SECRET,
      AWS_SECRET_ACCESS_KEY: SECRET,
      GIT_HTTP_EXTRA_HEADER: `Authorization: ${SECRET}`,
      MCP_GIT_GIT_BINARY: binary,
      MCP_GIT_GIT_REMOTE_PROTOCOLS: 'http:https:ssh:git:file',
    });
    answered = await server.everyTool();
  }, 300_000);

  afterAll(() => server?.stop());

  it('repositories that name programs or lead out, in every tool: no canary, nothing outside', async (context) => {
    const figures = new Figures(context, 21);
    // The others by `npm test` and in the long form.
    const layouts = LAYOUT_CASES.filter((layout) => LONG || layout.refused !== undefined);
    const attack = await LayoutAttack.start(layouts, (targets) => AttackServer.shipped(targets));
    const findings = layouts.map((_, index) => attack.findings(index));
    await attack.stop();

    figures.measured('programs that the repositories name', PROGRAM_CASES.length);
    figures.measured('layouts that lead out of the roots', layouts.length);
    const refused = layouts.filter((layout) => layout.refused !== undefined).length;
    figures.measured('of them refused by every tool, for what they are', refused);
    const called = new Set(answered.map(({ tool }) => tool)).size;
    figures.exactly('tools that are called', called, server.tools.length);
    const ran = [...answered.flatMap((call) => call.ran), ...findings.flatMap((one) => one.ran)];
    figures.exactly('canaries', ran.length, 0);
    expect([...new Set(findings.flatMap((one) => one.served))]).toEqual([]);
    figures.exactly(
      'calls served there, or refused for another reason',
      sumOf(findings.map((f) => f.served)),
      0,
    );
    const changed = findings.filter(({ outsideChanged }) => outsideChanged).length;
    const touched = places.filter((place) => place.outsideChanged()).length;
    figures.exactly('places that are other than before outside the roots', changed + touched, 0);
    const faults = faultsOf(answered).length + sumOf(findings.map((one) => one.faults));
    figures.exactly('answers that show a secret or have no meaning', faults, 0);
  }, 300_000);

  it('secrets of the environment, and of a URL: not in a process, not in a log, not in an answer', async (context) => {
    const figures = new Figures(context, 22);
    const forge = await ListeningForge.start();
    const place = places[0] as AttackPlace;
    place.restore();
    place.repository.git(['remote', 'add', 'forge', `http://ada:${SECRET}@${forge.host}/x.git`]);
    const lane = server.lane(place);
    const answers: unknown[] = [];
    for (const [tool, args] of [
      ['git_fetch', { remote: 'forge' }],
      ['git_remote', { action: 'list' }],
      ['git_push', { remote: 'forge', branch: 'main' }],
    ] as const)
      answers.push(await lane.call(tool, { repo_path: place.repo, ...args }));
    await forge.close();

    const looks = readdirSync(seen);
    const contents = (kind: string) =>
      looks.filter((name) => name.endsWith(kind)).map((name) => readFileSync(join(seen, name), 'latin1'));
    const environments = contents('.environ').map(namesOf);
    const usual = new Set(CHILD_ENVIRONMENT);
    const unlisted = environments.flat().filter((name) => !usual.has(name) && !ALSO_GIVEN.test(name));
    expect([...new Set(unlisted)]).toEqual([]);
    figures.atLeast('processes of git that were looked at', environments.length, 50);
    figures.exactly('variables that are not on the list', unlisted.length, 0);
    const encoded = Buffer.from(`ada:${SECRET}`).toString('base64');
    const texts = {
      environments: contents('.environ').join('\n'),
      commandLines: contents('.cmdline').join('\n'),
      logs: server.process.logs,
      answers: JSON.stringify([answers, answered]),
      folder: textBelow(place.outside),
    };
    const leaks = Object.entries(texts).filter(([, text]) => text.includes(SECRET) || text.includes(encoded));
    expect(leaks.map(([name]) => name)).toEqual([]);
    figures.exactly('places in which a secret is found', leaks.length, 0);
  }, 60_000);

  it('remotes that lead inside: none is served, and nobody is connected to', async (context) => {
    const figures = new Figures(context, 23);
    let connections = 0;
    const inside = createServer((_, response) => response.writeHead(404).end());
    inside.on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => void inside.listen(0, resolve));
    const { port } = inside.address() as AddressInfo;
    const place = places[1] as AttackPlace;
    place.restore();
    const lane = server.lane(place, 1);
    const outcomes: string[] = [];
    for (const url of PRIVATE_HOSTS.flatMap((host) => urlsAt(host, port))) {
      const clone = { url, repo_path: join(place.roots, 'fresh') };
      const added = { repo_path: place.repo, action: 'add', name: 'x', url };
      outcomes.push(outcomeOf(await lane.call('git_clone', clone)));
      outcomes.push(outcomeOf(await lane.call('git_remote', added)));
    }
    await new Promise((resolve) => void inside.close(resolve));

    figures.atLeast('calls with an address inside', outcomes.length, 2 * PRIVATE_HOSTS.length);
    figures.exactly('of them served', outcomes.filter((code) => code === 'served').length, 0);
    figures.exactly('connections made', connections, 0);
  }, 60_000);
});

function namesOf(environment: string): string[] {
  const entries = environment.split('\0').filter(Boolean);
  return entries.map((entry) => entry.slice(0, entry.indexOf('=')));
}

function sumOf(lists: readonly (readonly unknown[])[]): number {
  return lists.reduce((total, list) => total + list.length, 0);
}
