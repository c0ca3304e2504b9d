import { Count, Duration } from '../setting.decorators.js';

export class HeartbeatConfig {
  @Duration('How often each session is asked for a sign of life', { min: 50 })
  interval = 30_000;

  @Count('Unanswered heartbeats after which the socket is closed with 4408', { min: 1 })
  missedThreshold = 3;
}
