import { Duration } from '../setting.decorators.js';

export class ResourcesConfig {
  @Duration('Age above which a resource that belongs to nobody is released', { min: 1_000 })
  maxAge = 3_600_000;

  @Duration('How often such resources are looked for', { min: 100 })
  sweepInterval = 300_000;
}
