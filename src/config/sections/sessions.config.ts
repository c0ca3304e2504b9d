import { Choice, Count, Duration } from '../setting.decorators.js';

export class SessionsConfig {
  @Count('Most sessions at once', { min: 1 })
  max = 1_000;

  @Duration(
    'A session without any message and without a running operation for this long is closed with 4410',
    { min: 1_000 },
  )
  idleTimeout = 3_600_000;

  @Duration('How often idle sessions, sessions in error and half-open sockets are looked for', { min: 100 })
  sweepInterval = 300_000;

  @Choice('evict-idle: the longest idle sessions make room; refuse: new ones are closed with 1013', [
    'evict-idle',
    'refuse',
  ])
  whenFull: 'evict-idle' | 'refuse' = 'evict-idle';

  @Count('Most sessions evicted at once when full', { min: 1 })
  evictBatch = 100;
}
