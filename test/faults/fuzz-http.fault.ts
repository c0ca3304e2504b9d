import { afterEach, describe, expect, it } from 'vitest';

import { Figures, LONG } from './support/figures.js';
import { HttpExchange, type HttpQuestion, type HttpReply } from './support/http-exchange.js';
import {
  FURTHER_REQUESTS,
  INITIALIZE,
  legacyRequests,
  modern,
  modernHeaders,
} from './support/mcp-messages.js';
import { Dice, mutated } from './support/mutation.js';
import { scene } from './support/scene.js';

const SEED = Number(process.env['MCP_GIT_FAULTS_SEED'] ?? 20_261_126);
const COUNT = LONG ? 250_000 : 3_000;
const AT_A_TIME = 20;
const JSON_HEADERS = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };
/** Said to who has to come again; everything else from 500 on would be the server's fault. */
const COME_AGAIN = 503;
/** In the log, where an answer or a metric is `internal_error`. */
const UNFORESEEN = 'for a reason nobody foresaw';

const HOSTILE_HEADERS: readonly (readonly [name: string, values: readonly string[]])[] = [
  [
    'Content-Type',
    [
      'text/plain',
      'application/json; charset=utf-7',
      'application/json;',
      '',
      'a/b; =;',
      'multipart/form-data',
    ],
  ],
  [
    'Accept',
    [
      '',
      '*/*',
      'text/html',
      'application/json',
      'text/event-stream',
      'application/json;q=x, text/event-stream',
    ],
  ],
  ['Content-Encoding', ['gzip', 'br', 'identity, gzip', 'x']],
  ['MCP-Protocol-Version', ['2025-11-25', '2026-07-28', '1999-01-01', '__proto__', 'x'.repeat(3_000)]],
  ['Mcp-Session-Id', ['', 'nobody', '__proto__', '../x', 'x'.repeat(3_000)]],
  ['Mcp-Method', ['tools/call', 'ping', '', 'x']],
  ['Mcp-Name', ['git_log', '=?base64?x?=', '=?base64?////?=', '']],
  ['Last-Event-ID', ['1', '-1', '__proto__', '99999999999999999999']],
  ['Authorization', ['Bearer', 'Bearer x', 'Basic eA==', 'Bearer x.y.z', 'x'.repeat(3_000)]],
  ['Origin', ['null', 'https://evil.example', 'x://', '']],
  ['Host', ['evil.example', '', '[::1', 'localhost:99999999']],
  ['X-MCP-Toolsets', ['none', '__proto__', ',,,', 'all,all']],
  ['X-MCP-Readonly', ['maybe', '1']],
  ['X-MCP-Tool-Mode', ['lean', 'x']],
  ['X-MCP-Git-Credentials', ['x', 'example.org=////', 'example.org=eDp5', '=', '__proto__=eDp5']],
  ['Expect', ['100-continue', 'x']],
  ['Transfer-Encoding', ['chunked']],
  ['Cookie', ['a=b']],
];

describe('HTTP requests of any kind', () => {
  const here = scene();
  let http: HttpExchange;

  afterEach(() => http.close());

  const start = async () => {
    await here.start({ MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false' });
    http = new HttpExchange(here.server.url, isEnough);
  };
  /** What the server says of a failure that nobody foresaw, with the questions of which one has caused it. */
  const unforeseen = (asked: readonly unknown[]): string[] => {
    const { logs } = here.server;
    const at = logs.indexOf(UNFORESEEN);
    if (at < 0) return [];
    return [`${logs.slice(at, at + 2_000)} of one of ${JSON.stringify(asked).slice(0, 20_000)}`];
  };
  const expectNoFault = async () => {
    const metrics = await http.ask({ method: 'GET', path: '/metrics' });
    expect(metrics.text).not.toContain('code="internal_error"');
    expect(here.server.logs).not.toMatch(/unhandled|uncaught/i);
  };

  it.for(['2025-11-25', '2026-07-28'] as const)(
    `JSON-RPC to /mcp in the era %s, mutated (seed ${SEED}): each with an id has exactly one answer`,
    { timeout: LONG ? 7_200_000 : 120_000 },
    async (era, context) => {
      const figures = new Figures(context, 20);
      await start();
      const dice = new Dice(SEED);
      const templates = [...legacyRequests(here.repository.path), ...FURTHER_REQUESTS];
      let sessionId = era === '2025-11-25' ? await open() : undefined;
      let answered = 0;
      const wrong: string[] = [];

      let [asked, before]: [string[], string[]] = [[], []];
      const askOne = async (id: string) => {
        const template = dice.of(templates);
        const message = era === '2025-11-25' ? template : modern(template);
        const body = mutated({ ...message, id }, dice);
        asked.push(body);
        const own = era === '2025-11-25' ? { 'Mcp-Session-Id': sessionId } : modernHeaders(message);
        const reply = await http.ask({
          method: 'POST',
          path: '/mcp',
          headers: { ...JSON_HEADERS, ...own },
          body,
        });
        const fault = faultOf(reply, body, id);
        if (fault === undefined) answered += 1;
        else wrong.push(`${body.slice(0, 300)} -> ${fault}`);
        return reply;
      };

      for (let sent = 0; sent < COUNT && wrong.length < 20; sent += AT_A_TIME) {
        const ids = Array.from({ length: AT_A_TIME }, (_, index) => `rpc-${sent + index}`);
        [before, asked] = [asked, []];
        const replies = await Promise.all(ids.map(askOne));
        wrong.push(...unforeseen([...before, ...asked]));
        if (replies.some(({ status }) => status === 404)) sessionId &&= await open();
      }

      expect(wrong).toEqual([]);
      figures.exactly('messages with one answer', answered, COUNT);
      await expectNoFault();
    },
  );

  it(
    `methods, headers and bodies to /mcp, mutated (seed ${SEED}): refused by rule, never by a fault`,
    async (context) => {
      const figures = new Figures(context, 20);
      await start();
      const dice = new Dice(SEED);
      const templates = [...legacyRequests(here.repository.path), ...FURTHER_REQUESTS];
      const wrong: string[] = [];
      let refused = 0;
      let before: HttpQuestion[] = [];
      let sessionId = await open();

      for (let sent = 0; sent < COUNT && wrong.length < 20; sent += AT_A_TIME) {
        const questions = Array.from({ length: AT_A_TIME }, () =>
          hostileQuestion(dice, templates, sessionId),
        );
        const part = hostileQuestion(dice, templates, sessionId);
        const cut = http.askPart(part, dice.below(100) / 100);
        const replies = await Promise.all(questions.map((question) => http.ask(question)));
        await cut;
        wrong.push(...unforeseen([...before, ...questions, part]));
        before = [...questions, part];
        for (const [index, reply] of replies.entries()) {
          const { method, headers, body } = questions[index] as HttpQuestion;
          if (reply.status >= 400) refused += 1;
          const fault = statusFault(reply);
          if (fault)
            wrong.push(`${method} ${JSON.stringify(headers)} ${String(body).slice(0, 300)} -> ${fault}`);
        }
        sessionId = (await alive(sessionId)) ? sessionId : await open();
      }

      expect(wrong).toEqual([]);
      figures.atLeast('requests refused by rule', refused, COUNT / 10);
      await expectNoFault();
    },
    LONG ? 7_200_000 : 120_000,
  );

  const open = async (): Promise<string> => {
    const body = JSON.stringify({ ...INITIALIZE, id: 0 });
    const { sessionId } = await http.ask({ method: 'POST', path: '/mcp', headers: JSON_HEADERS, body });
    if (sessionId === undefined) throw new Error('no session was opened');
    return sessionId;
  };
  const alive = async (sessionId: string): Promise<boolean> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'ping' });
    const headers = { ...JSON_HEADERS, 'Mcp-Session-Id': sessionId };
    const { status } = await http.ask({ method: 'POST', path: '/mcp', headers, body });
    expect([200, 404]).toContain(status);
    return status === 200;
  };
});

/** Streams that are open for as long as the client likes. */
function isEnough({ type, text }: HttpReply, { method }: HttpQuestion): boolean {
  return type.includes('event-stream') && (method === 'GET' || text.includes('subscriptions/acknowledged'));
}

function statusFault({ status, text }: HttpReply): string | undefined {
  const isFault = (status >= 500 && status !== COME_AGAIN) || text.includes('-32603');
  return isFault ? `${status} ${text.slice(0, 300)}` : undefined;
}

/** @returns what is wrong with the answer to one message */
function faultOf(reply: HttpReply, body: string, id: string): string | undefined {
  const fault = statusFault(reply);
  if (fault !== undefined) return fault;
  const answers = answersIn(reply);
  if (answers.length === 1 && (answers[0]?.id === id || (answers[0]?.id ?? null) === null)) return undefined;
  // What has no method is no request: at most a response to nothing.
  const { method } = JSON.parse(body) as { method?: unknown };
  if (typeof method !== 'string' && reply.status === 202 && answers.length === 0) return undefined;
  return `${reply.status} ${answers.length} answers: ${reply.text.slice(0, 300)}`;
}

/** The JSON-RPC responses in the body, be it JSON or a stream of events. */
function answersIn({ type, text }: HttpReply): { readonly id?: unknown }[] {
  const messages = type.includes('event-stream')
    ? [...text.matchAll(/^data: (.+)$/gm)].map(([, data = '']) => data)
    : [text].filter((one) => one !== '');
  return messages
    .map((message) => JSON.parse(message) as { id?: unknown; method?: unknown })
    .filter(({ method }) => method === undefined);
}

function hostileQuestion(dice: Dice, templates: readonly object[], sessionId: string): HttpQuestion {
  const headers: Record<string, string> = { ...JSON_HEADERS };
  if (dice.below(4) > 0) headers['Mcp-Session-Id'] = sessionId;
  for (let changes = dice.below(3); changes > 0; changes -= 1) {
    const [name, values] = dice.of(HOSTILE_HEADERS);
    headers[name] = dice.of(values);
  }
  const method =
    dice.below(4) > 0
      ? 'POST'
      : dice.of(['GET', 'DELETE', 'PUT', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'POST']);
  const path =
    dice.below(8) > 0
      ? '/mcp'
      : dice.of(['/mcp/', '/mcp?x=%', '/mcp/..', '//mcp', '/mcp%00', '/MCP', '/mcp;x']);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return { method, path, headers, ...(hasBody && { body: hostileBody(dice, templates) }) };
}

const DEPTH = 50_000;

function nested(open: string, close: string): string {
  return `${open.repeat(DEPTH)}1${close.repeat(DEPTH)}`;
}

function hostileBody(dice: Dice, templates: readonly object[]): string | Buffer {
  const message = () => ({ ...dice.of(templates), id: dice.below(1_000) });
  const text = mutated(message(), dice);
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call' };
  const kinds: readonly (() => string | Buffer)[] = [
    () => text,
    () => text.slice(0, dice.below(text.length)),
    () => `\ufeff${text}`,
    () => dice.of(['', 'null', '1', '"x"', '[]', '{}', '[[]]', '[null]', 'NaN']),
    () => JSON.stringify([message(), message()]),
    () => JSON.stringify([message(), null, { ...message(), jsonrpc: '1.0' }]),
    () => Buffer.from([...Buffer.from(text.slice(0, 10)), 0xff, 0xfe, ...Buffer.from(text.slice(10))]),
    () =>
      JSON.stringify({ ...call, params: { name: 'git_log', arguments: { repo_path: 'x'.repeat(300_000) } } }),
    () => nested('[', ']'),
    () =>
      JSON.stringify({ ...call, params: { name: 'git_log', arguments: 'DEEP' } }).replace(
        '"DEEP"',
        nested('{"a":', '}'),
      ),
    () => JSON.stringify({ ...call, params: 'DEEP' }).replace('"DEEP"', nested('{"_meta":', '}')),
  ];
  // Large ones seldom: they cost as much as hundreds of the others.
  return dice.of(dice.below(10) > 0 ? kinds.slice(0, 7) : kinds)();
}
