import { SERVER_INFO_META_KEY } from '@modelcontextprotocol/server';

import { type ServerError } from '../../shared/errors/index.js';
import { callFailure } from './call-result.js';
import { type Era, type IncomingCall } from './incoming-call.js';
import { IDENTITY } from './mcp-server.factory.js';

/** JSON texts that answer calls which the SDK does not see. */
export class FailedAnswers {
  /** Of the results, by the errors that they tell: refusals are few, and each is given many times. */
  private readonly results: Readonly<Record<Era, WeakMap<ServerError, string>>> = {
    legacy: new WeakMap(),
    modern: new WeakMap(),
  };

  of({ id, era }: IncomingCall, error: ServerError): string {
    const known = this.results[era].get(error) ?? JSON.stringify(resultOf(error, era));
    this.results[era].set(error, known);
    return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${known}}`;
  }
}

/** What the SDK adds to results of the later era is added here. */
function resultOf(error: ServerError, era: Era): object {
  const result = callFailure(error);
  if (era === 'legacy') return result;
  return { ...result, resultType: 'complete', _meta: { ...result._meta, [SERVER_INFO_META_KEY]: IDENTITY } };
}
