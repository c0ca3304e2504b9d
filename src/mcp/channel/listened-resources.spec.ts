import { type JSONRPCRequest } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';

import { ANONYMOUS } from '../../auth/authenticator.service.js';
import { ServerError } from '../../shared/errors/index.js';
import { ResourceWatches } from '../core/resource-watches.js';
import { type ResourceCatalog } from '../resources/resource.js';
import { ListenedResources, listenedUris } from './listened-resources.js';

const READER = { sessionId: 's', requestId: '1', principal: ANONYMOUS };
const VERSION = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };

/** Watches everything but what is called bad. */
class WatchedUris {
  readonly current: string[] = [];
  /** What comes of the next one instead. */
  next: Promise<() => void> | undefined;

  watch(uri: string): Promise<() => void> {
    const { next } = this;
    this.next = undefined;
    if (next !== undefined) return next;
    if (uri.endsWith('bad')) return Promise.reject(new ServerError('not_a_repository', 'there is none'));
    this.current.push(uri);
    return Promise.resolve(() => void this.current.splice(this.current.indexOf(uri), 1));
  }
}

function listening(max = 10): { watched: WatchedUris; listened: ListenedResources } {
  const watched = new WatchedUris();
  const watches = new ResourceWatches(watched as unknown as ResourceCatalog, max, () => {});
  return { watched, listened: new ListenedResources(watches) };
}

const listen = (params: object): JSONRPCRequest => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'subscriptions/listen',
  params: params as NonNullable<JSONRPCRequest['params']>,
});

describe('What a listen request asks for', () => {
  it('is the resources of its filter', () => {
    const notifications = { resourceSubscriptions: ['git:///a/HEAD', 7] };

    expect(listenedUris(listen({ _meta: VERSION, notifications }))).toEqual(['git:///a/HEAD']);
    expect(listenedUris(listen({ _meta: VERSION, notifications: null }))).toEqual([]);
  });

  it('is nothing in the era before', () => {
    expect(
      listenedUris(listen({ notifications: { resourceSubscriptions: ['git:///a/HEAD'] } })),
    ).toBeUndefined();
    expect(listenedUris({ jsonrpc: '2.0', id: 1, method: 'ping' })).toBeUndefined();
  });
});

describe('Listened resources', () => {
  it('are watched once, until the last request for them ends', async () => {
    const { watched, listened } = listening();
    await listened.begin(1, ['git:a', 'git:b'], READER);
    await listened.begin(2, ['git:b'], READER);

    expect(watched.current).toEqual(['git:a', 'git:b']);
    listened.end(1);
    await expect.poll(() => watched.current).toEqual(['git:b']);
    listened.end(2);
    await expect.poll(() => watched.current).toEqual([]);
  });

  it('are all left alone where one of them cannot be watched', async () => {
    const { watched, listened } = listening();

    await expect(listened.begin(1, ['git:a', 'git:bad'], READER)).rejects.toThrow('there is none');

    await expect.poll(() => watched.current).toEqual([]);
  });

  it('are not watched for a request that ends while they are being set up', async () => {
    const { watched, listened } = listening();

    const beginning = listened.begin(1, ['git:a', 'git:b', 'git:c'], READER);
    listened.end(1);

    expect(await beginning).toBe(false);
    await expect.poll(() => watched.current).toEqual([]);
  });

  it('are refused to each request that waits for one that cannot be watched', async () => {
    const { listened } = listening();

    const both = [1, 2].map((id) => listened.begin(id, ['git:bad'], READER));

    expect(await Promise.allSettled(both)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  });

  it('are let go where an earlier request for them failed after its end', async () => {
    const { watched, listened } = listening();
    const tooLate = new AbortController();
    watched.next = new Promise((_, reject) => {
      tooLate.signal.addEventListener('abort', () => reject(new Error('too late')));
    });
    const early = listened.begin(1, ['git:a'], READER);
    listened.end(1);
    await listened.begin(2, ['git:a'], READER);

    tooLate.abort();
    await early;
    listened.end(2);

    await expect.poll(() => watched.current).toEqual([]);
  });

  it('are no more than may be', async () => {
    const { listened } = listening(1);

    await expect(listened.begin(1, ['git:a', 'git:b'], READER)).rejects.toMatchObject({
      code: 'temporary_resource_unavailable',
    });
  });

  it('are watched no more once the connection is over', async () => {
    const { watched, listened } = listening();
    await listened.begin(1, ['git:a'], READER);

    listened.close();
    await listened.begin(2, ['git:b'], READER);

    await expect.poll(() => watched.current).toEqual([]);
  });
});
