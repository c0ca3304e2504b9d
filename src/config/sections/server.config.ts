import { IsNotEmpty } from 'class-validator';

import { Count, Duration, Flag, Text } from '../setting.decorators.js';

/** Where the one HTTP server listens and how patient it is. Durations are milliseconds once parsed. */
export class ServerConfig {
  @Text('Address to listen on. Anything but loopback needs auth.mode other than none, or auth.allowAnonymous')
  @IsNotEmpty()
  host = '127.0.0.1';

  @Count('TCP port; 0 takes a free one', { min: 0, max: 65_535 })
  port = 8080;

  @Duration('How long running operations may take to finish once the server was asked to stop')
  drainTimeout = 30_000;

  @Flag(
    'Run the server under a supervisor, which starts it again after a crash and restarts it on SIGHUP; false where something else does, as in a container',
  )
  supervised = true;

  @Duration('How long a client may take to send its request headers', { min: 1_000 })
  headersTimeout = 10_000;

  @Count('Sockets the server accepts at once, of all kinds', { min: 1 })
  maxConnections = 12_000;
}
