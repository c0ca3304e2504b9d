import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { AttackPlace } from '../support/attacks/attack-place.js';
import { AttackServer, type Answered, faultsOf } from '../support/attacks/attack-server.js';
import { samplesOf, textFieldsOf } from '../support/attacks/tool-samples.js';

/** Texts that some git command would take for an option, a program or a way out; the numbers are the catalogue's. */
const TEXTS: readonly (readonly [title: string, text: (place: AttackPlace) => string])[] = [
  ['1 --output', ({ outside }) => `--output=${join(outside, 'written')}`],
  ['2 --no-index', () => '--no-index'],
  ['3 --contents', ({ outside }) => `--contents=${join(outside, 'secret.txt')}`],
  ['4 a pager of grep', (place) => `-O${place.program('pager')}`],
  ['5 --upload-pack', (place) => `--upload-pack=${place.program('upload')}`],
  ['6 --receive-pack', (place) => `--receive-pack=${place.program('receive')}`],
  ['7 --template', ({ outside }) => `--template=${outside}`],
  ['7 --config', ({ outside }) => `--config=core.hooksPath=${outside}`],
  ['8 --exec', (place) => `--exec=${place.program('exec')}`],
  ['8 bisect that runs a program', (place) => `run ${place.program('bisect')}`],
  ['9 -o', ({ outside }) => `-o${join(outside, 'written')}`],
  ['9 --prefix', ({ outside }) => `--prefix=${outside}/`],
  ['11 --separate-git-dir', ({ outside }) => `--separate-git-dir=${join(outside, 'git')}`],
  ['11 a new folder outside', ({ outside }) => join(outside, 'new')],
  ['11 a new folder behind a link that leads out', ({ repo }) => join(repo, 'leads-out/new')],
  ["11 a hook in git's folder", ({ repo }) => join(repo, '.git/hooks/post-checkout')],
  ['15 an option as the name of a host', (place) => `ssh://-oProxyCommand=${place.program('proxy')}/x`],
  ['20 a URL of this machine', ({ outside }) => `file://${join(outside, 'private')}`],
  ['10 -F', ({ outside }) => `-F${join(outside, 'secret.txt')}`],
  ['10 --pathspec-from-file', ({ outside }) => `--pathspec-from-file=${join(outside, 'secret.txt')}`],
  ['16 a transport that is a program', (place) => `ext::sh -c ${place.program('ext')}`],
  ['37 a key that names a program', () => 'core.hooksPath'],
  ['38 a way up', () => '../../outside/secret.txt'],
  ['38 an absolute path', ({ outside }) => join(outside, 'secret.txt')],
  ['38 a repository outside', ({ outside }) => join(outside, 'private')],
  ['38 a file of git', () => '.git/config'],
  ['38 a file of git on other systems', () => '.GIT::$INDEX_ALLOCATION/config'],
  ['43 nothing', () => ''],
  ['44 magic of paths', () => ':(top,glob)/**'],
  ['44 magic of paths that leaves out', () => ':!b.txt'],
  ['12 a revision of a newline', () => 'HEAD\n--output=x'],
  ['14 200 kB', () => 'a'.repeat(200_000)],
  ['CVE-2026-44244 a line more for the configuration', () => 'x\n[core]\n\thooksPath = /tmp'],
  ['GHSA-2f96 an option that is cut short', ({ outside }) => `--outp=${join(outside, 'written')}`],
  ['GHSA-r9mr a letter that takes a value', (place) => `-u${place.program('letter')}`],
  ['GHSA-7545 a ref that climbs out', () => 'refs/heads/../../../../outside/secret.txt'],
  ['GitPython a variable', () => '${HOME}/secret.txt'],
  ['54yyyu a shell', (place) => `;${place.program('shell')}`],
  ['54yyyu a substitution', (place) => `$(${place.program('substitution')}\n)`],
];

/** Of these every field is given each; of the others an optional field is given every third, each field other ones. */
const ALWAYS = new Set([
  '1 --output',
  '4 a pager of grep',
  '5 --upload-pack',
  '38 a way up',
  '38 an absolute path',
  '43 nothing',
]);

describe('Whatever is written into any field of any tool', () => {
  let places: readonly AttackPlace[];
  let server: AttackServer;
  const answered: (Answered & { readonly field: string; readonly title: string })[] = [];
  const newKeys: string[] = [];
  const newHooks: string[] = [];

  beforeAll(async () => {
    places = AttackPlace.several(3);
    for (const place of places) {
      // A name that a client reads from a list and gives back.
      place.repository.write('.git/refs/heads/--output=canary', `${place.repository.head()}\n`);
      symlinkSync(place.outside, join(place.repo, 'leads-out'));
      place.seal();
    }
    server = await AttackServer.start(places);
    const waiting = server.tools.flatMap((tool) => textFieldsOf(tool).map((field) => ({ tool, field })));
    let turn = 0;
    await server.eachPlace(async (lane) => {
      const { place } = lane;
      const written = () => readFileSync(join(place.repo, '.git/config'), 'utf8');
      const keys = () => place.repository.git(['config', '--local', '--list', '--name-only']).split('\n');
      const sealed = written();
      const hooks = () => readdirSync(join(place.repo, '.git/hooks'));
      const [before, hooksBefore] = [new Set(keys()), new Set(hooks())];
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const {
          tool,
          field: [field, list],
        } = next;
        place.restore();
        if (!tool.annotations.readOnlyHint) place.touch();
        turn += 1;
        const isNeeded = tool.inputSchema.required.includes(field);
        const texts = TEXTS.filter(
          ([title], index) => isNeeded || ALWAYS.has(title) || (index + turn) % 3 === 0,
        );
        const [sample = {}] = samplesOf(tool, place);
        for (const [title, text] of texts) {
          const value = text(place);
          const args = { ...sample, [field]: list ? [value] : value };
          answered.push({ ...(await lane.attack(tool.name, args)), field, title });
        }
        newHooks.push(...hooks().filter((hook) => !hooksBefore.has(hook)));
        // Asking git holds up everybody; most calls write nothing there.
        if (written() !== sealed) newKeys.push(...keys().filter((key) => key !== '' && !before.has(key)));
      }
    });
  }, 900_000);

  afterAll(() => server?.stop());

  it.each(TEXTS)('runs nothing: %s', (title) => {
    const ran = answered.filter((call) => call.title === title && call.ran.length > 0);

    expect(ran.map(({ tool, field }) => `${tool} ${field}`)).toEqual([]);
  });

  it('reads and writes nothing outside, and is answered with a meaning', () => {
    expect(faultsOf(answered)).toEqual([]);
    expect(places.some((place) => place.outsideChanged())).toBe(false);
  });

  it('makes no hook', () => {
    expect(newHooks).toEqual([]);
  });

  it('puts no key into the configuration that names a program or leads elsewhere', () => {
    const inert =
      /^(branch\.[^\n]+\.(remote|merge|description)|remote\.[^\n]+\.(url|fetch)|submodule\.[^\n]+\.(url|active)|user\.(name|email))$/;

    expect([...new Set(newKeys)].filter((key) => !inert.test(key))).toEqual([]);
  });
});
