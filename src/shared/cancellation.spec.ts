import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { anyOf, Cancellation } from './cancellation.js';

const REASON = new Error('given up');

describe('A cancellation', () => {
  it('is a signal that has not ended', () => {
    const { signal } = new Cancellation();

    expect(signal).toBeInstanceOf(AbortSignal);
    expect(signal).toMatchObject({ aborted: false, reason: undefined, onabort: null });
    expect(() => signal.throwIfAborted()).not.toThrow();
  });

  it('ends once, for the first reason, and says so to each listener within the call', () => {
    const cancellation = new Cancellation();
    const told: unknown[] = [];
    cancellation.signal.addEventListener('abort', ({ type, target }) => told.push([type, target]));
    cancellation.signal.addEventListener('abort', { handleEvent: ({ type }) => told.push(type) });
    cancellation.signal.onabort = () => told.push('handler');

    cancellation.abort(REASON);
    cancellation.abort(new Error('again'));

    expect(told).toEqual([['abort', cancellation], 'abort', 'handler']);
    expect(cancellation.signal).toMatchObject({ aborted: true, reason: REASON });
    expect(() => cancellation.signal.throwIfAborted()).toThrow(REASON);
  });

  it('has an AbortError for a reason where none is given', () => {
    const cancellation = new Cancellation();

    cancellation.abort();

    expect(cancellation.reason).toMatchObject({ name: 'AbortError' });
  });

  it('tells nobody who has gone, who comes too late or who listens for something else', () => {
    const cancellation = new Cancellation();
    const told: string[] = [];
    const gone = () => told.push('gone');
    const taken = () => told.push('taken out by another');
    cancellation.addEventListener('abort', gone);
    cancellation.removeEventListener('abort', gone);
    cancellation.addEventListener('error', () => told.push('of something else'));
    cancellation.addEventListener('abort', () => cancellation.removeEventListener('abort', taken));
    cancellation.addEventListener('abort', taken);
    cancellation.addEventListener('abort', () =>
      cancellation.addEventListener('abort', () => told.push('late')),
    );
    cancellation.onabort = taken;
    cancellation.onabort = null;

    cancellation.abort(REASON);
    cancellation.addEventListener('abort', () => told.push('too late'));

    expect(told).toEqual([]);
  });

  it('has ended for all that it is part of, whoever is told first', () => {
    const cancellation = new Cancellation();
    const seen: boolean[] = [];
    cancellation.addEventListener('abort', () => {
      seen.push(cancellation.aborted, anyOf(cancellation).aborted);
    });
    anyOf(cancellation);

    cancellation.abort(REASON);

    expect(seen).toEqual([true, true]);
  });

  it('tells a listener once that has been added twice', () => {
    const cancellation = new Cancellation();
    const told: string[] = [];
    const listener = () => told.push('told');
    cancellation.addEventListener('abort', listener);
    cancellation.addEventListener('abort', listener);

    cancellation.abort(REASON);

    expect(told).toEqual(['told']);
  });

  it('tells the others where a listener throws', async () => {
    const cancellation = new Cancellation();
    const uncaught = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const thrown = once(process, 'uncaughtException');
    const told: string[] = [];
    cancellation.addEventListener('abort', () => {
      throw REASON;
    });
    cancellation.addEventListener('abort', () => told.push('told'));

    cancellation.abort(REASON);

    expect(told).toEqual(['told']);
    expect((await thrown)[0]).toBe(REASON);
    for (const listener of uncaught) process.on('uncaughtException', listener);
  });

  it('ends what Node runs with its signal', async () => {
    const cancellation = new Cancellation();
    const { signal } = cancellation;
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const asked = request({ port, host: '127.0.0.1', signal });
    const running = [
      delay(60_000, undefined, { signal }),
      once(new EventTarget() as unknown as NodeJS.EventEmitter, 'never', { signal }),
      pipeline(new PassThrough(), new PassThrough(), { signal }),
      once(asked.end(), 'response'),
    ].map((promise) => promise.then(undefined, ({ name }: Error) => name));

    await delay(10);
    cancellation.abort(REASON);

    expect(await Promise.all(running)).toEqual(Array.from(running, () => 'AbortError'));
    silent.close();
  });
});

describe('The first of several signals to end', () => {
  it.each([0, 1])('ends what waits for any of them', (first) => {
    const both = [new Cancellation(), new AbortController()] as const;
    const any = anyOf(...both.map(({ signal }) => signal));

    both[first]?.abort(REASON);

    expect(any).toMatchObject({ aborted: true, reason: REASON });
  });

  it('may have ended before', () => {
    const ended = new Cancellation();
    ended.abort(REASON);

    expect(anyOf(new Cancellation(), ended).reason).toBe(REASON);
  });

  it('is nowhere asked for in the way that does not see a cancellation end', () => {
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' });
    const asking = sources.filter(
      (path) => path.endsWith('.ts') && readFileSync(join('src', path), 'utf8').includes('AbortSignal.any('),
    );

    expect(asking.filter((path) => !path.startsWith('shared/cancellation'))).toEqual([]);
  });
});
