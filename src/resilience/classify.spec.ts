import { connect } from 'node:net';
import { readFile } from 'node:fs/promises';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ServerError } from '../shared/errors/index.js';
import { classify } from './classify.js';

const system = (code: string) => Object.assign(new Error(`${code}: /home/ada/secret`), { code });

describe('classify', () => {
  it('leaves what is classified already as it is', () => {
    const error = new ServerError('merge_conflict', 'Both changed it');

    expect(classify(error)).toBe(error);
  });

  it.each([
    ['ETIMEDOUT', 'network_timeout'],
    ['EAI_AGAIN', 'network_timeout'],
    ['ECONNREFUSED', 'temporary_resource_unavailable'],
    ['ECONNRESET', 'temporary_resource_unavailable'],
    ['EPIPE', 'temporary_resource_unavailable'],
    ['EMFILE', 'temporary_resource_unavailable'],
    ['ENFILE', 'temporary_resource_unavailable'],
    ['ENOMEM', 'temporary_resource_unavailable'],
    ['EAGAIN', 'temporary_resource_unavailable'],
    ['ENOSPC', 'temporary_resource_unavailable'],
    ['EBUSY', 'temporary_resource_unavailable'],
    ['EACCES', 'operation_failed'],
    ['ENOENT', 'operation_failed'],
    ['EXDEV', 'operation_failed'],
    ['ENOTFOUND', 'operation_failed'],
    ['ABORT_ERR', 'operation_cancelled'],
    ['E_NOBODY_KNOWS', 'internal_error'],
  ])('knows the system error %s as %s', (code, expected) => {
    const thrown = system(code);

    const error = classify(thrown);

    expect(error.code).toBe(expected);
    expect(error.cause).toBe(thrown);
  });

  it('knows what Node throws for a port where nobody listens', async () => {
    const thrown = await new Promise((resolve) => connect(1, '127.0.0.1').on('error', resolve));

    expect(classify(thrown)).toMatchObject({
      code: 'temporary_resource_unavailable',
      details: { reason: 'ECONNREFUSED' },
    });
  });

  it('knows what Node throws for a missing file', async () => {
    const thrown = await readFile('/nowhere/at/all').catch((error: unknown) => error);

    expect(classify(thrown)).toMatchObject({ code: 'operation_failed', details: { reason: 'ENOENT' } });
  });

  it('tells an abort from a timeout', () => {
    const aborted = AbortSignal.abort().reason as unknown;
    const timedOut = new DOMException('', 'TimeoutError');

    expect(classify(aborted).code).toBe('operation_cancelled');
    expect(classify(timedOut).code).toBe('operation_timeout');
  });

  it('looks for the reason inside a wrapper, as fetch throws it', () => {
    expect(classify(new TypeError('fetch failed', { cause: system('ECONNRESET') })).code).toBe(
      'temporary_resource_unavailable',
    );
  });

  it('comes to an end when an error is its own cause', () => {
    const error = new Error('loop');
    error.cause = error;

    expect(classify(error).code).toBe('internal_error');
  });

  it('says nothing of what was thrown, whatever it was', () => {
    fc.assert(
      fc.property(fc.anything(), fc.string({ minLength: 4 }), (thing, secret) => {
        const texts = [classify(thing), classify(new Error(secret)), classify(secret)].map(
          ({ message }) => message,
        );

        expect(new Set(texts)).toEqual(new Set([classify(undefined).message]));
      }),
    );
  });
});
