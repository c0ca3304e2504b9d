import { type BaseContext, Server, type ServerContext } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';

import { ParamsCheckingServer } from './params-checking.server.js';

const IDENTITY = { name: 'test', version: '1' };

class Theirs extends Server {
  contextOf(base: BaseContext): ServerContext {
    return this.buildContext(base);
  }
}

class Ours extends ParamsCheckingServer {
  contextOf(base: BaseContext): ServerContext {
    return this.buildContext(base);
  }
}

/** As the SDK begins it for each request. */
function base(): BaseContext {
  const { signal } = new AbortController();
  const mcpReq = { id: 1, method: 'ping', signal, send: () => undefined, notify: async () => undefined };
  return { sessionId: 's', mcpReq, http: undefined } as unknown as BaseContext;
}

describe('The context of a request', () => {
  it('has all that the SDK gives it', () => {
    const theirs = new Theirs(IDENTITY).contextOf(base());
    const ours = new Ours(IDENTITY).contextOf(base());

    expect(kindsOf(ours)).toEqual(kindsOf(theirs));
    expect(kindsOf(ours.mcpReq)).toEqual(kindsOf(theirs.mcpReq));
  });
});

/** The kind of each field: functions are others in each. */
function kindsOf(fields: object): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, typeof value]));
}
