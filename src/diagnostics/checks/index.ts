import { type Type } from '@nestjs/common';

import { type Check } from '../check.js';
import { CircuitsCheck } from './circuits.check.js';
import { ClosedSocketsCheck } from './closed-sockets.check.js';
import { CpuCheck } from './cpu.check.js';
import { DiskCheck } from './disk.check.js';
import { EnginesCheck } from './engines.check.js';
import { ErrorRatesCheck } from './error-rates.check.js';
import { EventLoopCheck } from './event-loop.check.js';
import { HeartbeatCheck } from './heartbeat.check.js';
import { IdleSessionsCheck } from './idle-sessions.check.js';
import { JobsCheck } from './jobs.check.js';
import { LateSessionsCheck } from './late-sessions.check.js';
import { LeakCheck } from './leak.check.js';
import { LifecycleCheck } from './lifecycle.check.js';
import { ListeningCheck } from './listening.check.js';
import { MemoryUsageCheck } from './memory-usage.check.js';
import { MessageLatencyCheck } from './message-latency.check.js';
import { QueuesCheck } from './queues.check.js';
import { RefusedMessagesCheck } from './refused-messages.check.js';
import { RepositoriesCheck } from './repositories.check.js';
import { ResourcesCheck } from './resources.check.js';
import { SessionStatesCheck } from './session-states.check.js';
import { SlowOperationsCheck } from './slow-operations.check.js';
import { StoreCheck } from './store.check.js';
import { ToolLatencyCheck } from './tool-latency.check.js';
import { ValidationCheck } from './validation.check.js';

/** In the order of the sections. */
export const CHECK_CLASSES: readonly Type<Check>[] = [
  LifecycleCheck,
  ListeningCheck,
  ClosedSocketsCheck,
  RefusedMessagesCheck,
  ErrorRatesCheck,
  ToolLatencyCheck,
  MessageLatencyCheck,
  SlowOperationsCheck,
  EventLoopCheck,
  MemoryUsageCheck,
  LeakCheck,
  CpuCheck,
  IdleSessionsCheck,
  SessionStatesCheck,
  HeartbeatCheck,
  LateSessionsCheck,
  ValidationCheck,
  CircuitsCheck,
  ResourcesCheck,
  EnginesCheck,
  QueuesCheck,
  RepositoriesCheck,
  StoreCheck,
  JobsCheck,
  DiskCheck,
];
