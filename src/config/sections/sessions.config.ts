import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';

import { Bytes, Choice, Count, Duration, Text } from '../setting.decorators.js';

export class ReplayConfig {
  @Count('Most frames kept for each session that can be resumed', { min: 16, max: 100_000 })
  maxFrames = 512;

  @Bytes('Most bytes of them', { min: 4_096 })
  maxBytes = 2 ** 20;
}

export class SessionStoreConfig {
  @Choice(
    'Where sessions that can be resumed are kept. memory: a restart ends them; file: in a folder of this machine, where they outlive the process; redis: in a Redis or Valkey server, where they outlive the machine',
    ['memory', 'file', 'redis'],
  )
  kind: 'memory' | 'file' | 'redis' = 'file';

  @Text(
    'Folder of the store file, for one server alone; empty: .local/state/mcp-git-server/PORT in the home of the user that runs the server',
  )
  path = '';

  @Text('Address of the store redis: redis[s]://[[user]:password@]host[:port][/database]')
  url = 'redis://127.0.0.1:6379';

  @Text('What the keys of the store redis begin with')
  prefix = 'mcp-git';

  @Text(
    'Name of this server in the store redis, the same after a restart and another one for each server; empty: host name and port',
  )
  node = '';

  @Duration(
    'How long an answer of the store redis is waited for; sessions are served from memory meanwhile',
    {
      min: 10,
      max: 60_000,
    },
  )
  timeout = 250;
}

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

  @Duration('How long a client that asked for resume may stay away before its session ends', { min: 1_000 })
  resumeWindow = 600_000;

  @ValidateNested()
  @Type(() => ReplayConfig)
  replay = new ReplayConfig();

  @ValidateNested()
  @Type(() => SessionStoreConfig)
  store = new SessionStoreConfig();
}
