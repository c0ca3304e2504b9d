import { Bytes, Duration, Ratio } from '../setting.decorators.js';

export class HealthConfig {
  @Ratio('Share of sessions.max above which health is degraded')
  sessionsDegradedRatio = 0.9;

  @Duration('Event-loop delay (99th percentile) above which health is degraded', { min: 1 })
  maxEventLoopDelay = 200;

  @Bytes('Resident memory above which health is degraded')
  maxRssBytes = 2 * 2 ** 30;

  @Bytes('Free space on the disks of git.roots below which the server is not healthy')
  minDiskFreeBytes = 100 * 2 ** 20;

  @Duration('How long the answer of a health check is reused')
  cacheTime = 1_000;
}
