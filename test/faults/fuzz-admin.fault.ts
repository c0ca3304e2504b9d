import { afterEach, describe, expect, it } from 'vitest';

import { Figures, LONG } from './support/figures.js';
import { HttpExchange, type HttpQuestion } from './support/http-exchange.js';
import { Dice, mutated } from './support/mutation.js';
import { scene } from './support/scene.js';

const SEED = Number(process.env['MCP_GIT_FAULTS_SEED'] ?? 20_261_126);
const COUNT = LONG ? 250_000 : 3_000;
const AT_A_TIME = 20;
const COME_AGAIN = 503;

/** A profile takes as long as it is asked to. */
const LASTING = 'post /admin/profiles';

const SEGMENTS = [
  '%',
  '%00',
  '%2e%2e%2f',
  '__proto__',
  'constructor',
  '%ff',
  "'",
  '%F0%9F%98%80',
  'x'.repeat(4_000),
  'all',
  'git_log',
];
const QUERIES = [
  '',
  '?limit=0',
  '?limit=-1',
  '?limit=1e9',
  '?limit[]=1',
  '?limit=1&limit=2',
  '?limit=7&cursor=ZnJvbSA5OTk5',
  '?cursor=%00',
  '?cursor=__proto__',
  '?%',
  '?a[b][c]=1',
  '?__proto__[x]=1',
];
const TYPES = [
  'application/json',
  'application/json; charset=utf-7',
  'text/plain',
  'application/x-www-form-urlencoded',
  '',
];

interface Route {
  readonly method: string;
  /** With `{name}` where any text goes. */
  readonly path: string;
}

describe('Calls of the admin API of any kind', () => {
  const here = scene();
  let http: HttpExchange;

  afterEach(() => http.close());

  it(
    `all routes, mutated (seed ${SEED}): done, or refused with a reason, never by a fault`,
    async (context) => {
      const figures = new Figures(context, 20);
      await here.start({ MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false' });
      http = new HttpExchange(here.server.url);
      const dice = new Dice(SEED);
      const routes = await described();
      const bodies = bodiesOn(here.repository.path);
      const wrong: string[] = [];
      let refused = 0;

      for (let sent = 0; sent < COUNT && wrong.length < 20; sent += AT_A_TIME) {
        const questions = Array.from({ length: AT_A_TIME }, () => hostileCall(dice, routes, bodies));
        const cut = http.askPart(hostileCall(dice, routes, bodies), dice.below(100) / 100);
        const replies = await Promise.all(questions.map((question) => http.ask(question)));
        await cut;
        for (const [index, { status, text }] of replies.entries()) {
          const { method, path, body } = questions[index] as HttpQuestion;
          const isFault = status === 0 || (status >= 500 && status !== COME_AGAIN);
          const isUnclear = status >= 400 && method !== 'HEAD' && !/"message":"[^"]{10}/.test(text);
          if (status >= 400) refused += 1;
          if (isFault || isUnclear)
            wrong.push(`${method} ${path} ${String(body).slice(0, 200)} -> ${status} ${text.slice(0, 200)}`);
        }
      }

      expect(wrong).toEqual([]);
      expect(routes.length).toBeGreaterThan(20);
      figures.atLeast('calls refused with a reason', refused, COUNT / 10);
      const { text: metrics } = await http.ask({ method: 'GET', path: '/metrics' });
      expect(metrics).not.toContain('code="internal_error"');
      expect(here.server.logs).not.toMatch(/unhandled|uncaught/i);
    },
    LONG ? 7_200_000 : 120_000,
  );

  async function described(): Promise<readonly Route[]> {
    const { text } = await http.ask({ method: 'GET', path: '/admin/openapi.json' });
    const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, unknown>> };
    return Object.entries(paths)
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ method, path })))
      .filter(({ method, path }) => `${method} ${path}` !== LASTING);
  }
});

/** Each is what some route takes; every route is sent any of them. */
function bodiesOn(path: string): readonly object[] {
  return [
    { idle: '30m' },
    { failure_threshold: 3, recovery_timeout: '60s', half_open_max_calls: 1 },
    { enabled: true },
    { repo_path: path },
    { level: 'warn', for: '10m' },
    {},
  ];
}

function hostileCall(dice: Dice, routes: readonly Route[], bodies: readonly object[]): HttpQuestion {
  const route = dice.of(routes);
  const path = route.path.replaceAll(/\{\w+\}/g, () => dice.of(SEGMENTS)) + dice.of(QUERIES);
  const method = (
    dice.below(10) > 0 ? route.method : dice.of(['get', 'put', 'delete', 'options', 'head'])
  ).toUpperCase();
  const headers = { 'Content-Type': dice.below(5) > 0 ? TYPES[0] : dice.of(TYPES) };
  if (method === 'GET' || method === 'HEAD') return { method, path, headers };
  return { method, path, headers, body: hostileBody(dice, bodies) };
}

function hostileBody(dice: Dice, bodies: readonly object[]): string {
  const text = mutated(dice.of(bodies), dice);
  const kind = dice.below(20);
  if (kind === 0) return text.slice(0, dice.below(text.length));
  if (kind === 1) return dice.of(['', 'null', '[]', '"x"', '{', '\ufeff{}', 'x'.repeat(200_000)]);
  if (kind === 2) return `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
  if (kind === 3) return `${'{"idle":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
  return text;
}
