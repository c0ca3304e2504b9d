import { parseDuration } from '../../config/units.js';
import { type OperatorOptions } from '../operator-options.js';
import { UsageError } from '../usage.error.js';

export interface CureCall {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

/** One command of an operator: what it is called, and the admin call that it makes. */
interface CureCommand {
  /** Words as they are typed; those in capitals are taken from the caller. */
  readonly words: string;
  readonly does: string;
  readonly options?: string;
  call(given: readonly string[], options: OperatorOptions): CureCall;
}

const get = (path: string) => () => ({ method: 'GET', path });
const post = (path: string) => () => ({ method: 'POST', path });

export const CURES: readonly CureCommand[] = [
  {
    words: 'recover',
    options: '--emergency',
    does: 'the five steps of emergency recovery',
    call: (_, { emergency }) => {
      if (emergency === true) return { method: 'POST', path: '/admin/recovery/emergency' };
      throw new UsageError('recover ends all operations and sessions: say --emergency if you mean it');
    },
  },
  {
    words: 'log-level COMPONENT LEVEL',
    options: '--for 10m',
    does: 'log more of a component (or of all) for a while',
    call: ([component = '', level], { for: time = '10m' }) => ({
      method: 'PUT',
      path: `/admin/log-levels/${encodeURIComponent(component)}`,
      body: { level, for: time },
    }),
  },
  { words: 'sessions list', does: 'who is connected', call: get('/admin/sessions?limit=500') },
  {
    words: 'sessions end ID',
    does: 'end one session',
    call: ([id = '']) => ({ method: 'DELETE', path: `/admin/sessions/${encodeURIComponent(id)}` }),
  },
  {
    words: 'sessions clean',
    options: '--idle 30m',
    does: 'close sessions that nobody uses',
    call: (_, { idle }) => ({
      method: 'POST',
      path: '/admin/sessions/clean',
      body: idle === undefined ? {} : { idle },
    }),
  },
  { words: 'operations list', does: 'what runs', call: get('/admin/operations?limit=500') },
  {
    words: 'operations slow',
    does: 'the last slow operations, with their parts',
    call: get('/admin/operations/slow'),
  },
  {
    words: 'operations end ID',
    does: 'end one operation',
    call: ([id = '']) => ({ method: 'DELETE', path: `/admin/operations/${encodeURIComponent(id)}` }),
  },
  { words: 'circuits list', does: 'circuits with their counts', call: get('/admin/circuits?limit=500') },
  {
    words: 'circuits reset NAME',
    does: 'close a circuit',
    call: ([name = '']) => ({ method: 'POST', path: `/admin/circuits/${encodeURIComponent(name)}/reset` }),
  },
  {
    words: 'circuits isolate NAME',
    does: 'open a circuit until it is reset',
    call: ([name = '']) => ({ method: 'POST', path: `/admin/circuits/${encodeURIComponent(name)}/isolate` }),
  },
  {
    words: 'circuits set NAME',
    options: '--failures 10 --recovery 60s --trials 3',
    does: 'change the parameters of a circuit',
    call: ([name = ''], { failures, recovery, trials }) => ({
      method: 'PATCH',
      path: `/admin/circuits/${encodeURIComponent(name)}`,
      body: {
        ...(failures !== undefined && { failure_threshold: numberOf('--failures', failures) }),
        ...(recovery !== undefined && { recovery_timeout: recovery }),
        ...(trials !== undefined && { half_open_max_calls: numberOf('--trials', trials) }),
      },
    }),
  },
  { words: 'validation show', does: 'verdicts and their cache', call: get('/admin/validation') },
  { words: 'validation clear', does: 'forget verdicts', call: post('/admin/validation/cache/clear') },
  {
    words: 'validation enable',
    does: 'switch the cache of verdicts on',
    call: () => ({ method: 'PATCH', path: '/admin/validation/cache', body: { enabled: true } }),
  },
  {
    words: 'validation disable',
    does: 'switch it off',
    call: () => ({ method: 'PATCH', path: '/admin/validation/cache', body: { enabled: false } }),
  },
  {
    words: 'heartbeat show',
    does: 'the monitor, and how long each session is silent',
    call: get('/admin/heartbeat'),
  },
  { words: 'heartbeat restart', does: 'start the monitor anew', call: post('/admin/heartbeat/restart') },
  {
    words: 'resources list',
    does: 'what is acquired, by whom, since when',
    call: get('/admin/resources?limit=500'),
  },
  { words: 'resources sweep', does: 'release what belongs to nobody', call: post('/admin/resources/sweep') },
  {
    words: 'locks clear PATH',
    does: "remove git's lock files that nobody holds",
    call: ([path = '']) => ({ method: 'POST', path: '/admin/locks/clear', body: { repo_path: path } }),
  },
  {
    words: 'store acknowledge',
    does: 'note that damaged sessions were seen',
    call: post('/admin/store/acknowledge'),
  },
  { words: 'errors list', does: 'errors by code, with samples', call: get('/admin/errors') },
  { words: 'jobs list', does: 'scheduled jobs', call: get('/admin/jobs') },
  { words: 'drain', does: 'take in no new work', call: post('/admin/drain') },
  { words: 'accept', does: 'take in work again', call: post('/admin/accept') },
  {
    words: 'profile KIND',
    options: '--duration 5s',
    does: 'cpu, heap or snapshot: the top ten, and a file',
    call: ([kind], { duration }) => ({
      method: 'POST',
      path: '/admin/profiles',
      body: { kind, ...(duration !== undefined && { duration_ms: durationOf(duration) }) },
    }),
  },
];

export const CURES_HELP = CURES.map(({ words, options, does }) => {
  const typed = options === undefined ? words : `${words} ${options}`;
  return `  ${typed.padEnd(66)} ${does}`;
}).join('\n');

function numberOf(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`${option} expects a whole number`);
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new UsageError('--duration expects a time, for example 5s');
}
