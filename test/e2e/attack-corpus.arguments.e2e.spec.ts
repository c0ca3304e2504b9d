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
  ['8 --exec', (place) => `--exec=${place.program('exec')}`],
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
  ['54yyyu a shell', (place) => `;${place.program('shell')}`],
  ['54yyyu a substitution', (place) => `$(${place.program('substitution')}\n)`],
];

describe('Whatever is written into any field of any tool', () => {
  let place: AttackPlace;
  let server: AttackServer;
  const answered: (Answered & { readonly field: string; readonly title: string })[] = [];
  const newKeys: string[] = [];

  beforeAll(async () => {
    place = new AttackPlace();
    // A name that a client reads from a list and gives back.
    place.repository.write('.git/refs/heads/--output=canary', `${place.repository.head()}\n`);
    place.seal();
    server = await AttackServer.start(place);
    const keys = () =>
      place.repository.git(['config', '--local', '--list', '--name-only']).trim().split('\n');
    const before = new Set(keys());
    for (const tool of server.tools) {
      place.restore();
      const [sample = {}] = samplesOf(tool, place);
      for (const [field, list] of textFieldsOf(tool)) {
        for (const [title, text] of TEXTS) {
          const value = text(place);
          const frame = await server.call(tool.name, { ...sample, [field]: list ? [value] : value });
          answered.push({ tool: tool.name, field, title, frame, ran: place.sung() });
        }
      }
      newKeys.push(...keys().filter((key) => !before.has(key)));
    }
  }, 900_000);

  afterAll(async () => {
    await server?.stop();
    place?.remove();
  });

  it.each(TEXTS)('runs nothing: %s', (title) => {
    const ran = answered.filter((call) => call.title === title && call.ran.length > 0);

    expect(ran.map(({ tool, field }) => `${tool} ${field}`)).toEqual([]);
  });

  it('reads and writes nothing outside, and is answered with a meaning', () => {
    expect(faultsOf(answered)).toEqual([]);
    expect(place.outsideChanged()).toBe(false);
  });

  it('puts no key into the configuration that names a program or leads elsewhere', () => {
    const inert =
      /^(branch\.[^\n]+\.(remote|merge|description)|remote\.[^\n]+\.(url|fetch)|user\.(name|email))$/;

    expect([...new Set(newKeys)].filter((key) => !inert.test(key))).toEqual([]);
  });
});
