import { Duration } from '../setting.decorators.js';

export class RecoveryConfig {
  @Duration('How long a graceful restart waits for running operations before it cancels them')
  drainTimeout = 300_000;
}
