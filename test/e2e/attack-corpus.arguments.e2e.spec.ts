import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ARGUMENT_TEXTS } from '../support/attacks/argument-cases.js';
import { AttackPlace } from '../support/attacks/attack-place.js';
import { AttackServer, type Answered, faultsOf } from '../support/attacks/attack-server.js';
import { samplesOf, textFieldsOf } from '../support/attacks/tool-samples.js';

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
        const texts = ARGUMENT_TEXTS.filter(
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

  it.each(ARGUMENT_TEXTS)('runs nothing: %s', (title) => {
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
