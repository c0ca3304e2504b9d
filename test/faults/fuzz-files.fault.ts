import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ConfigFaults } from '../../src/config/config-fault.js';
import { renderDefaultYaml, renderEffectiveYaml } from '../../src/config/config-yaml.js';
import { loadConfig } from '../../src/config/load-config.js';
import { AdminClient } from '../support/admin-client.js';
import { runCli } from '../support/cli.js';
import { ServerProcess } from '../support/server-process.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { TestClient } from '../support/test-client.js';
import { Figures, LONG } from './support/figures.js';
import { damaged, Dice } from './support/mutation.js';

const SEED = Number(process.env['MCP_GIT_FAULTS_SEED'] ?? 20_261_126);
const CONFIG_FAULT = 78;

describe('Files that were damaged', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  it(
    `as configuration (seed ${SEED}): taken, or refused with key and place, never with a trace`,
    async (context) => {
      const figures = new Figures(context, 40);
      const dice = new Dice(SEED);
      // Without its comments, most of it.
      const usual = renderDefaultYaml().replaceAll(/^ *#.*\n/gm, '');
      const count = LONG ? 30_000 : 300;
      const wrong: string[] = [];
      let [refused, last] = [0, ''];

      for (let index = 0; index < count && wrong.length < 10; index += 1) {
        const file = folder.write('server.yaml', damagedYaml(usual, dice));
        const fault = faultOf(file);
        if (fault === 'refused') {
          refused += 1;
          last = file;
        } else if (fault !== undefined)
          wrong.push(`${fault.slice(0, 500)}\n${changedLines(readFileSync(file, 'utf8'), usual)}`);
      }
      const { code, stderr } = await runCli(['config', '--config', last || folder.write('x.yaml', 'x: [')]);

      expect(wrong).toEqual([]);
      expect(code).toBe(CONFIG_FAULT);
      expect(stderr).not.toMatch(/\n\s+at /);
      figures.atLeast('configurations refused with key and place', refused, count / 10);
    },
    LONG ? 3_600_000 : 120_000,
  );

  it(
    `as stored sessions (seed ${SEED}): put aside and reported, the others live`,
    async (context) => {
      const figures = new Figures(context, 36);
      const dice = new Dice(SEED);
      const store = join(folder.path, 'sessions');
      const rounds = LONG ? 500 : 5;
      const outcomes = { whole: 0, lost: 0, told: 0, reported: 0 };

      for (let round = 0; round < rounds; round += 1) {
        let server = await start(store);
        const clients = await Promise.all(
          Array.from({ length: 40 }, () => TestClient.begin(server.webSocketUrl)),
        );
        const ids = await Promise.all(clients.map(idOf));
        await server.stop('SIGKILL');
        const victims = new Set(ids.filter(() => dice.below(2) === 0));
        damageSome(store, victims, dice);

        server = await start(store);
        const admin = new AdminClient(server.url);
        for (const [index, before] of clients.entries()) {
          const id = ids[index] as string;
          const { client, answer } = await TestClient.resume(server.webSocketUrl, before);
          const isSame = answer['result']?.session_id === id;
          if (!victims.has(id)) outcomes[isSame ? 'whole' : 'lost'] += 1;
          else if (isSame || TOLD.has(answer['error']?.code as string)) outcomes.told += 1;
          else outcomes.lost += 1;
          client.socket.terminate();
        }
        const aside = readdirSync(join(store, 'quarantine')).length;
        const finding = await admin.finding('store.sessions');
        if (aside > 0 && finding.verdict === 'failed') outcomes.reported += 1;
        expect(server.logs).not.toMatch(/unhandled|uncaught/i);
        await server.stop();
      }

      figures.exactly('sessions lost without being told', outcomes.lost, 0);
      figures.atLeast('sessions that came back whole', outcomes.whole, rounds * 10);
      figures.atLeast('damaged ones that were told', outcomes.told, rounds * 10);
      figures.exactly('restarts that reported the damage', outcomes.reported, rounds);
    },
    LONG ? 3_600_000 : 120_000,
  );

  const start = (store: string) =>
    ServerProcess.start({
      env: { HOME: folder.path, MCP_GIT_SESSIONS_STORE_PATH: store, MCP_GIT_LOG_LEVEL: 'warn' },
    });
});

/** What a client of a session is told that is there no more. */
const TOLD = new Set(['session_expired', 'corrupted_session_state']);

async function idOf(client: TestClient): Promise<string> {
  return (await client.request('session/get'))['result'].session_id as string;
}

function damageSome(store: string, ids: ReadonlySet<string>, dice: Dice): void {
  const names = readdirSync(store).filter((name) => name.endsWith('.session'));
  for (const name of names.filter((one) => ids.has(one.replace('.session', '')))) {
    const other = () => readFileSync(join(store, dice.of(names)));
    writeFileSync(join(store, name), damaged(readFileSync(join(store, name)), other, dice).bytes);
  }
}

/** @returns `refused` where it was with all that belongs to it, `undefined` where it was taken, else what is wrong */
function faultOf(file: string): string | undefined {
  try {
    renderEffectiveYaml(loadConfig({ environment: {}, file }));
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof ConfigFaults)) return String((thrown as Error).stack);
    const placed = thrown.faults.every(
      ({ key, source, problem }) => key !== '' && source !== '' && problem !== '',
    );
    return placed ? 'refused' : `without key or place: ${thrown.message}`;
  }
}

const YAML = [
  '*nobody',
  '&a [*a]',
  '&b {x: *b}',
  '!!binary "////"',
  '!!js/function "x"',
  '{<<: *nobody}',
  '? [a, b]\n: c',
  '- x',
  '"\\ud800"',
  '|\n  text',
  '.inf',
  '.nan',
  '0x1g',
  '1e400',
  '~',
  '[[[[]]]]',
  '{}',
  "'",
  '2026-01-01',
  '__proto__',
  '-1',
  'true',
] as const;

function changedLines(text: string, usual: string): string {
  const known = new Set(usual.split('\n'));
  return text
    .split('\n')
    .filter((line) => !known.has(line))
    .join('\n')
    .slice(0, 500);
}

/** Single values replaced by what YAML makes something odd of, lines moved, or bytes damaged. */
function damagedYaml(usual: string, dice: Dice): string {
  const lines = usual.split('\n');
  for (let changes = dice.below(3) + 1; changes > 0; changes -= 1) {
    const at = dice.below(lines.length);
    const line = lines[at] ?? '';
    const kind = dice.below(6);
    if (kind < 3) lines[at] = line.replace(/: .*$/, () => `: ${dice.of(YAML)}`);
    else if (kind === 3) lines.splice(at, 0, `${' '.repeat(dice.below(6))}${dice.of(YAML)}`);
    else if (kind === 4) lines.splice(at, 0, lines[dice.below(lines.length)] ?? '');
    else lines[at] = damaged(Buffer.from(line), () => Buffer.from(dice.of(YAML)), dice).bytes.toString();
  }
  const aliases = `${Array.from({ length: 12 }, (_, at) => `a${at}: &a${at} [${`*a${at - 1},`.repeat(9)}]`).join('\n')}\n`;
  return dice.below(30) === 0 ? aliases + lines.join('\n') : lines.join('\n');
}
