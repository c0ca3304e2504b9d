import { describe, expect, it } from 'vitest';

import { TestClient } from '../support/test-client.js';
import { Figures } from './support/figures.js';
import { Dice } from './support/mutation.js';
import { scene } from './support/scene.js';
import { tokenSettings } from './support/token-settings.js';
import { knock } from './support/upgrade.js';

const SEED = Number(process.env['MCP_GIT_FAULTS_SEED'] ?? 20_261_126);
const COUNT = 10_000;
const AT_A_TIME = 20;
const TOKEN = 'Vq3-9fGk_0aZ7xPw2LmC';
const RIGHT = { Authorization: `Bearer ${TOKEN}` };
const LETTERS = [...'abcXYZ019-_.~'];

const HOSTS = [
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.nip.io',
  '127.1',
  '0x7f000001',
  'localhost@evil.example',
  'localhost:port',
  'localhost:80:80',
  'evil.example:80',
  '[::ffff:127.0.0.1]',
  '',
];
const ORIGINS = [
  'null',
  'https://evil.example',
  'http://localhost.evil.example',
  'http://127.0.0.1.nip.io',
  'http://localhost@evil.example',
  'http://evil.example/http://localhost',
  'http://evil.example:80',
  'ws://localhost',
  'file://',
  '*',
];

describe('The entrance', () => {
  const here = scene();
  const start = () =>
    here.start({ MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false' }, [
      '--config',
      here.repository.write('../server.yaml', tokenSettings(TOKEN)).file('../server.yaml'),
    ]);

  const connect = async () => {
    const client = await TestClient.connect(here.server.webSocketUrl, { headers: RIGHT });
    here.clients.push(client);
    return client;
  };

  it(`upgrades that are wrong in one respect (seed ${SEED}): none is let in`, async (context) => {
    const figures = new Figures(context, 24);
    await start();
    const port = Number(new URL(here.server.url).port);
    const dice = new Dice(SEED);
    const kinds = [
      () => ({ Authorization: `Bearer ${changed(TOKEN, dice)}` }),
      () => ({ Authorization: dice.of(['', 'Bearer', `Basic ${TOKEN}`, TOKEN, `Bearer ${TOKEN} ${TOKEN}`]) }),
      () => ({ ...RIGHT, Host: dice.below(2) === 0 ? dice.of(HOSTS) : changed('localhost', dice) }),
      () => ({
        ...RIGHT,
        Origin: dice.below(2) === 0 ? dice.of(ORIGINS) : `http://${changed('localhost', dice)}`,
      }),
    ];
    const statuses = new Map<string, number>();

    for (let sent = 0; sent < COUNT; sent += AT_A_TIME) {
      const headers = Array.from({ length: AT_A_TIME }, () => dice.of(kinds)());
      const answers = await Promise.all(
        headers.map((one) => knock(port, { 'Sec-WebSocket-Protocol': 'mcp', ...one })),
      );
      for (const { status, socket } of answers) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        socket.destroy();
      }
    }
    const right = await knock(port, { 'Sec-WebSocket-Protocol': 'mcp', ...RIGHT });
    right.socket.destroy();

    expect(right.status).toBe('101');
    figures.exactly('let in', statuses.get('101') ?? 0, 0);
    figures.exactly('refused with a reason', (statuses.get('401') ?? 0) + (statuses.get('403') ?? 0), COUNT);
  });

  it(`tokens of a session that are changed (seed ${SEED}): none resumes it`, async (context) => {
    const figures = new Figures(context, 24);
    await start();
    const dice = new Dice(SEED);
    const owner = await connect();
    const { result } = await owner.request('initialize', { params: { capabilities: { resume: true } } });
    const token = result.resume.token as string;
    const thief = await connect();
    let resumed = 0;

    for (let tried = 0; tried < COUNT / 10; tried += 1) {
      const resume = { token: changed(token, dice), last_seq: 0 };
      const answer = await thief.request('initialize', { params: { resume } });
      if (answer.type !== 'error') resumed += 1;
    }

    figures.exactly('resumed', resumed, 0);
    expect((await owner.request('ping')).type).toBe('pong');
  });
});

/** The same with one letter more, less, or another one. */
function changed(text: string, dice: Dice): string {
  const at = dice.below(text.length);
  const letter = dice.of(LETTERS.filter((one) => one.toLowerCase() !== text[at]?.toLowerCase()));
  return text.slice(0, at) + dice.of(['', letter, letter + text[at]]) + text.slice(at + 1);
}
