import { lookup } from 'node:dns/promises';

import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { type HostResolver } from './host-resolver.port.js';

/** As git's own programs find them: /etc/hosts included. */
@Injectable()
export class SystemHostResolver implements HostResolver {
  async resolve(host: string, signal: AbortSignal): Promise<readonly string[]> {
    const found = lookup(host, { all: true, verbatim: true }).catch((cause: unknown) => {
      const message = 'The name of the remote host could not be resolved; check the URL, or try again later';
      throw new ServerError('network_timeout', message, {
        cause,
        retryAfterMs: 5_000,
        details: { reason: 'unknown-host' },
      });
    });
    return (await unlessAborted(found, signal)).map(({ address }) => address);
  }
}

// A lookup cannot be ended; its answer is then nobody's.
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason as Error);
    if (signal.aborted) give();
    signal.addEventListener('abort', give, { once: true });
    work.finally(() => signal.removeEventListener('abort', give)).then(resolve, reject);
  });
}
