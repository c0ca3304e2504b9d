import { randomBytes } from 'node:crypto';

import { type RequestStateCodec, createRequestStateCodec } from '@modelcontextprotocol/server';

/** How long a person may think before the question has to be asked again. */
const TTL_SECONDS = 600;

/** Seals what clients carry from one round of a request to the next. One codec for all servers of this process. */
export const REQUEST_STATES = Symbol('RequestStates');

// One process serves every round, so the key need not outlive it.
export function createRequestStates(): RequestStateCodec {
  return createRequestStateCodec({ key: randomBytes(32), ttlSeconds: TTL_SECONDS });
}
