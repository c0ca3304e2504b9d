import { hostname } from 'node:os';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { RedisSessionStore } from '../../src/sessions/store/redis/redis-session.store.js';
import { SessionTakenError } from '../../src/sessions/store/session-store.port.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

const ID = '0b0e7f3c-5d86-4a83-9a1e-0d3f5b1f8f11';
const OTHER = '1c0e7f3c-5d86-4a83-9a1e-0d3f5b1f8f22';

describe('RedisSessionStore', () => {
  let redis: RedisServer;
  const stores: RedisSessionStore[] = [];

  beforeAll(async () => {
    redis = await RedisServer.start();
  });

  afterAll(() => redis.stop());

  beforeEach(() => redis.command('FLUSHALL'));

  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });

  async function open(node = 'one', more: { prefix?: string; timeoutMs?: number } = {}) {
    const options = { url: redis.url, prefix: 'test', node, host: hostname(), timeoutMs: 1_000, ...more };
    const store = new RedisSessionStore(options);
    await store.open();
    stores.push(store);
    return store;
  }

  /** The server of this name has not been heard of for ten seconds. */
  const die = (node: string) => redis.command('DEL', `test:alive:${node}`);

  it('gives the next process what was added, in order, with a higher fence', async () => {
    const store = await open();
    await Promise.all([
      store.append(ID, 1, ['one']),
      store.append(OTHER, 1, ['else']),
      store.append(ID, 1, ['two']),
    ]);

    const next = await open();

    expect((await next.owned()).toSorted()).toEqual([ID, OTHER]);
    expect(await next.claim(ID)).toEqual({ fence: 2, lines: ['one', 'two'] });
  });

  it('refuses every write of a former owner, and takes those of the new one', async () => {
    const former = await open();
    await former.append(ID, 1, ['one']);
    const next = await open();
    const { fence = 0 } = (await next.claim(ID)) ?? {};

    await expect(former.append(ID, 1, ['late'])).rejects.toThrow(SessionTakenError);
    await expect(former.replace(ID, 1, ['late'])).rejects.toThrow(SessionTakenError);
    await former.remove(ID, 1);
    await next.append(ID, fence, ['two']);

    expect((await next.claim(ID))?.lines).toEqual(['one', 'two']);
  });

  it('does not let a former owner bring back what has ended', async () => {
    const former = await open();
    await former.append(ID, 1, ['one']);
    const next = await open();
    await next.remove(ID, (await next.claim(ID))?.fence ?? 0);

    await expect(former.append(ID, 1, ['late'])).rejects.toThrow(SessionTakenError);
    await expect(former.replace(ID, 1, ['late'])).rejects.toThrow(SessionTakenError);
    expect(await next.claim(ID)).toBeUndefined();
    expect(await next.owned()).toEqual([]);
  });

  it('leaves a session to another server for as long as that lives', async () => {
    const one = await open('one');
    await one.append(ID, 1, ['mine']);
    const two = await open('two');

    expect(await two.claim(ID)).toBeUndefined();
    await one.append(ID, 1, ['still mine']);
    await die('one');

    expect(await two.claim(ID)).toEqual({ fence: 2, lines: ['mine', 'still mine'] });
    expect(await two.owned()).toEqual([ID]);
    await expect(one.append(ID, 1, ['no more'])).rejects.toThrow(SessionTakenError);
  });

  it('shows a session to others without taking it', async () => {
    const one = await open('one');
    await one.append(ID, 1, ['mine']);

    expect(await (await open('two')).read(ID)).toEqual(['mine']);
    expect(await one.read(OTHER)).toBeUndefined();
    await expect(one.append(ID, 1, ['still mine'])).resolves.toBeUndefined();
  });

  it('gives one of two servers a session that both want', async () => {
    const one = await open('one');
    await one.append(ID, 1, ['line']);
    const others = [await open('two'), await open('three')];
    await die('one');

    const claims = await Promise.all(others.map((store) => store.claim(ID)));

    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
  });

  it('keeps a session on its list that two clients ask this server for at the same time', async () => {
    const one = await open('one');
    await one.append(ID, 1, ['line']);
    const two = await open('two');
    await die('one');

    const claims = await Promise.all([two.claim(ID), two.claim(ID), two.claim(ID)]);

    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
    expect(await two.owned()).toEqual([ID]);
  });

  it('puts new lines in the place of the old ones, however many', async () => {
    const store = await open();
    const lines = Array.from({ length: 10_000 }, (_, index) => `line ${index}`);
    await store.append(ID, 1, ['old']);
    await store.replace(ID, 1, lines);
    await store.append(ID, 1, ['newest']);

    expect((await store.claim(ID))?.lines).toEqual([...lines, 'newest']);
  });

  it('has the current part and the one before it, also where the next process begins one', async () => {
    const store = await open();
    await Promise.all([
      store.append(ID, 1, ['first']),
      store.beginPart(ID, 1, ['second']),
      store.append(ID, 1, ['more']),
      store.beginPart(ID, 1, ['third']),
    ]);
    const next = await open();
    const claimed = await next.claim(ID);
    await next.beginPart(ID, claimed?.fence ?? 0, ['fourth']);

    expect(claimed?.lines).toEqual(['second', 'more', 'third']);
    expect(await next.read(ID)).toEqual(['second', 'more', 'third', 'fourth']);
    await next.beginPart(ID, claimed?.fence ?? 0, ['fifth']);
    expect(await next.read(ID)).toEqual(['fourth', 'fifth']);
    await expect(store.beginPart(ID, 1, ['late'])).rejects.toThrow(SessionTakenError);
  });

  it('says that lines are gone instead of adding to nothing, and begins anew when told everything', async () => {
    const store = await open();
    await store.append(ID, 1, ['one']);
    await redis.command('FLUSHALL');

    await expect(store.append(ID, 1, ['two'])).rejects.toThrow('lost');
    await expect(store.beginPart(ID, 1, ['two'])).rejects.toThrow('lost');
    await store.replace(ID, 1, ['one', 'two']);

    expect(await store.owned()).toEqual([ID]);
    expect((await store.claim(ID))?.lines).toEqual(['one', 'two']);
  });

  it('keeps what cannot be read out of the way, for an operator', async () => {
    const store = await open();
    await store.append(ID, 1, ['damaged']);

    await store.quarantine(ID);

    expect([await store.owned(), await store.claim(ID)]).toEqual([[], undefined]);
    expect(await redis.command('LRANGE', `test:session:{${ID}}:quarantine`, '0', '-1')).toEqual(['damaged']);
  });

  it('lets nothing stay for ever', async () => {
    const store = await open();
    await store.append(ID, 1, ['one']);
    await store.append(OTHER, 1, ['one']);
    await store.remove(OTHER, 1);

    const keys = (await redis.command('KEYS', 'test:session:*')) as string[];
    const left = await Promise.all(keys.map((key) => redis.command('PTTL', key)));

    expect(keys).toHaveLength(3);
    expect(left.filter((ms) => !(Number(ms) > 0))).toEqual([]);
  });

  it('fails at once while Redis is away, in time while it is silent, and works again when it is back', async () => {
    const own = await RedisServer.start();
    const options = { url: own.url, prefix: 'p', node: 'n', host: 'h', timeoutMs: 200 };
    const store = new RedisSessionStore(options);
    await store.open();
    try {
      own.freeze();
      await expect(store.append(ID, 1, ['one'])).rejects.toThrow('within 200 ms');
      own.thaw();
      await own.kill();
      await eventually(() => expect(store.append(ID, 1, ['two'])).rejects.toThrow(/closed|offline|Socket/i));
      await own.startAgain();
      await eventually(() => store.replace(ID, 1, ['one', 'two']));

      expect((await store.claim(ID))?.lines).toEqual(['one', 'two']);
    } finally {
      await store.close();
      await own.stop();
    }
  });

  it('does not open where Redis cannot be reached, and says what to do', async () => {
    const options = {
      url: 'redis://user:secret@127.0.0.1:1',
      prefix: 'p',
      node: 'n',
      host: 'h',
      timeoutMs: 200,
    };

    const opening = new RedisSessionStore(options).open();

    await expect(opening).rejects.toThrow(/sessions\.store\.url \(127\.0\.0\.1:1\) cannot be used; start it/);
    await expect(opening).rejects.not.toThrow('secret');
  });

  it('does not share a name with a process that runs', async () => {
    await open('one');
    const parent = JSON.stringify({ pid: process.ppid, startedAt: 0, host: hostname() });
    await redis.command('SET', 'test:alive:one', parent);

    await expect(open('one')).rejects.toThrow(/belong to the running process \d+; set sessions\.store\.node/);
  });
});
