import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, it } from 'vitest';

import { ARGUMENT_TEXTS } from '../support/attacks/argument-cases.js';
import { AttackPlace } from '../support/attacks/attack-place.js';
import { type Answered, AttackServer, faultsOf } from '../support/attacks/attack-server.js';
import { samplesOf, textFieldsOf } from '../support/attacks/tool-samples.js';
import { Figures, LONG } from './support/figures.js';

/** A ref that is an option; a client reads it from a list and gives it back. */
const ODD_REF = '--output=canary';
/** What each field is given in the short form; `npm test` and the long form try them all. */
const ALWAYS = new Set([
  '1 --output',
  '9 -o',
  '4 a pager of grep',
  '38 a repository outside',
  '54yyyu a shell',
]);
const TEXTS = [
  ...ARGUMENT_TEXTS.filter(([title]) => LONG || ALWAYS.has(title)),
  ['a ref that is an option', () => ODD_REF],
] as const;

describe('Arguments that are options, programs, or ways out', () => {
  let places: readonly AttackPlace[];
  let server: AttackServer;

  beforeEach(async () => {
    places = AttackPlace.several(3);
    for (const place of places) {
      place.repository.write(`.git/refs/heads/${ODD_REF}`, `${place.repository.head()}\n`);
      symlinkSync(place.outside, join(place.repo, 'leads-out'));
      place.seal();
    }
    server = await AttackServer.shipped(places);
  }, 60_000);

  afterEach(() => server.stop());

  it(
    'in every text field of every tool: nothing runs, nothing outside is read or written',
    async (context) => {
      const figures = new Figures(context, 21);
      const waiting = server.tools.flatMap((tool) => textFieldsOf(tool).map((field) => ({ tool, field })));
      const fields = waiting.length;
      const answered: Answered[] = [];

      await server.eachPlace(async (lane) => {
        const { place } = lane;
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const { tool, field } = next;
          const [name, isList] = field;
          place.restore();
          if (!tool.annotations.readOnlyHint) place.touch();
          const [sample = {}] = samplesOf(tool, place);
          for (const [, text] of TEXTS) {
            const value = text(place);
            answered.push(await lane.attack(tool.name, { ...sample, [name]: isList ? [value] : value }));
          }
        }
      });

      figures.atLeast('text fields', fields, server.tools.length);
      figures.exactly('calls', answered.length, fields * TEXTS.length);
      figures.exactly('canaries', answered.flatMap(({ ran }) => ran).length, 0);
      const touched = places.filter((place) => place.outsideChanged()).length;
      figures.exactly('places that are other than before outside the roots', touched, 0);
      figures.exactly('answers that show a secret or have no meaning', faultsOf(answered).length, 0);
    },
    LONG ? 1_800_000 : 240_000,
  );
});
