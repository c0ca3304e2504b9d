import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type ToolDescriptor } from '../../src/tools/tool.registry.js';
import { AttackPlace } from '../support/attacks/attack-place.js';
import { outcomeOf } from '../support/attacks/attack-server.js';
import { listedTools } from '../support/attacks/listed-tools.js';
import { samplesOf, textFieldsOf } from '../support/attacks/tool-samples.js';
import { ServerProcess } from '../support/server-process.js';
import { TestClient } from '../support/test-client.js';
import { Figures, LONG } from './support/figures.js';
import { damaged, Dice, JUNK } from './support/mutation.js';

const SEED = Number(process.env['MCP_GIT_FAULTS_SEED'] ?? 20_261_126);
const TIMEOUT_S = 10;
const FAULTS = new Set(['internal_error', 'none']);

type Arguments = Record<string, unknown>;

describe('Any tool', () => {
  let place: AttackPlace;
  let server: ServerProcess;
  let client: TestClient;
  let tools: readonly ToolDescriptor[];

  beforeEach(async () => {
    place = AttackPlace.make();
    const { repository } = place;
    repository
      .write('.gitattributes', '*.txt text\n*.bin binary\n')
      .write('.gitmodules', '[submodule "x"]\n\tpath = x\n\turl = ../x\n');
    repository.stage('.gitattributes', '.gitmodules').commit('with attributes');
    repository.git(['gc', '--quiet']);
    repository.commitFiles('later', { 'later.txt': 'loose\n' });
    repository.tag('v2').git(['notes', 'add', '-m', 'a note']);
    place.seal();
    server = await ServerProcess.start({
      env: {
        MCP_GIT_GIT_ROOTS: place.roots,
        MCP_GIT_GIT_TIMEOUT: `${TIMEOUT_S}s`,
        MCP_GIT_LOG_LEVEL: 'warn',
        MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false',
        MCP_GIT_VALIDATION_MAX_CONSECUTIVE_FAILURES: '1000000000',
        // Every damaged repository is one more failure of the same operation.
        MCP_GIT_RESILIENCE_BREAKER_FAILURE_THRESHOLD: '1000000000',
      },
    });
    client = await TestClient.connect(server.webSocketUrl);
    tools = await listedTools(client);
  });

  afterEach(async () => {
    await client.close();
    await server.stop();
    place.remove();
  });

  const call = async (name: string, args: Arguments): Promise<string> => {
    const frame = await client
      .request('tools/call', { params: { name, arguments: args } })
      .catch(() => undefined);
    return frame === undefined ? 'none' : outcomeOf(frame);
  };
  const expectUnharmed = async () => {
    expect((await client.request('ping')).type).toBe('pong');
    expect(server.logs).not.toMatch(/unhandled|uncaught/i);
    expect(place.outsideChanged()).toBe(false);
    expect(place.sung()).toEqual([]);
  };

  it(
    `that reads, on repositories that are damaged (seed ${SEED}): an answer or an error, and in time`,
    async (context) => {
      const figures = new Figures(context, 39);
      const dice = new Dice(SEED);
      const reading = tools.filter(
        ({ annotations }) => annotations.readOnlyHint && !annotations.openWorldHint,
      );
      const count = LONG ? 2_000 : 60;
      const wrong: string[] = [];
      const outcomes = { served: 0, refused: 0 };
      let longestS = 0;

      for (let repository = 0; repository < count && wrong.length < 10; repository += 1) {
        place.restore();
        place.touch();
        const what = damage(place.repo, dice);
        // Each is asked a third of what there is to ask; in all everything is asked often.
        const asked = reading.flatMap((tool) => samplesOf(tool, place).map((args) => ({ tool, args })));
        for (const { tool, args } of asked.filter(() => dice.below(3) === 0)) {
          const since = performance.now();
          const outcome = await call(tool.name, args);
          longestS = Math.max(longestS, (performance.now() - since) / 1_000);
          outcomes[outcome === 'served' ? 'served' : 'refused'] += 1;
          if (FAULTS.has(outcome))
            wrong.push(`${tool.name} ${JSON.stringify(args)} with ${what}: ${outcome}`);
        }
      }

      expect(wrong).toEqual([]);
      figures.atLeast('damaged repositories', count, 60);
      figures.atLeast('calls answered', outcomes.served, count);
      figures.atLeast('calls refused', outcomes.refused, count);
      figures.atMost('longest answer', longestS, 2 * TIMEOUT_S, 's');
      await expectUnharmed();
    },
    LONG ? 14_400_000 : 240_000,
  );

  it(
    `given anything in any of its fields (seed ${SEED}): an answer or an error, and the repository is whole`,
    async (context) => {
      const figures = new Figures(context, 20);
      const dice = new Dice(SEED);
      const count = LONG ? 50_000 : 2_000;
      const wrong: string[] = [];
      let [served, repositories] = [0, 0];

      for (let sent = 0; sent < count && wrong.length < 10; sent += 1) {
        if (sent % 20 === 0) {
          if (repositories % 5 === 0) place.repository.fsck();
          place.restore();
          place.touch();
          repositories += 1;
        }
        const tool = dice.of(tools);
        const args = { ...dice.of(samplesOf(tool, place)) };
        for (let changes = dice.below(2) + 1; changes > 0; changes -= 1)
          Object.assign(args, hostileField(tool, dice));
        const outcome = await call(tool.name, args);
        if (outcome === 'served') served += 1;
        if (FAULTS.has(outcome)) wrong.push(`${tool.name} ${JSON.stringify(args).slice(0, 500)}: ${outcome}`);
      }

      expect(wrong).toEqual([]);
      figures.atLeast('calls', count, 2_000);
      figures.atLeast('of them served', served, count / 20);
      place.repository.fsck();
      await expectUnharmed();
    },
    LONG ? 14_400_000 : 240_000,
  );
});

/** Mostly text where text belongs, since anything else is refused before it gets anywhere. */
function hostileField(tool: ToolDescriptor, dice: Dice): Arguments {
  const texts = textFieldsOf(tool);
  if (texts.length === 0 || dice.below(4) === 0)
    return {
      [dice.of(Object.keys(tool.inputSchema.properties))]: dice.of(dice.below(2) === 0 ? JUNK : HOSTILE),
    };
  const [field, isList] = dice.of(texts);
  const text = dice.of(TEXTS);
  return { [field]: isList ? [text] : text };
}

/** What git takes for an option, a revision, a pattern or a place, of one kind or another. */
const TEXTS: readonly string[] = [
  '--output=written',
  '-',
  '--',
  '-1',
  'HEAD^{/x}',
  'HEAD@{99999999999}',
  '@{-1}',
  ':/x',
  ':0:a.txt',
  'main..other',
  'main...other',
  '^main',
  'HEAD~999999999',
  ':(exclude)*',
  ':(attr:x)',
  '[',
  '*'.repeat(1_000),
  '(a+)+$',
  'a\\',
  '../..',
  '.git/HEAD',
  '/',
  '.',
  'refs/heads/x.lock',
  'a..b',
  '@',
  '9999-99-99',
  '-1 day',
  'diff --git a/../x b/../x\nnew file mode 100644\n--- /dev/null\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n',
  '@@ -0,0 +1,999999999 @@\n',
];

const HOSTILE: readonly unknown[] = [
  ['a.txt', '--force'],
  [''],
  [null],
  Array.from({ length: 3_000 }, () => 'x'),
  -1,
  0,
  2 ** 31,
  1.5,
  Number.MAX_SAFE_INTEGER,
  true,
  { a: 1 },
];

/** Damages up to three files of git's, or ones that steer it. @returns what was done */
function damage(repository: string, dice: Dice): string {
  const inside = readdirSync(join(repository, '.git'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.sample'))
    .map((entry) => join(entry.parentPath, entry.name));
  const steering = [
    '.git/HEAD',
    '.git/config',
    '.git/index',
    '.git/packed-refs',
    '.gitattributes',
    '.gitmodules',
  ];
  const done: string[] = [];
  for (let changes = dice.below(3) + 1; changes > 0; changes -= 1) {
    const path = dice.below(2) === 0 ? dice.of(inside) : join(repository, dice.of(steering));
    const other = dice.of(inside);
    const { bytes, how } = damaged(readFileSync(path), () => readFileSync(other), dice);
    writeFileSync(path, bytes, { mode: 0o644 });
    done.push(`${path.slice(repository.length)} ${how}`);
  }
  return done.join(', ');
}
