import { Count, Duration, Ratio, Text } from '../setting.decorators.js';

export class DiagnosticsConfig {
  @Duration('How often all checks are run by the server itself; a changed verdict is logged', { min: 100 })
  watchInterval = 60_000;

  @Duration('How often the use of the processor is measured', { min: 100 })
  cpuInterval = 10_000;

  @Ratio('Share of one core above which the use of the processor counts as high')
  highCpu = 0.8;

  @Duration('How often memory is measured', { min: 100 })
  memoryInterval = 300_000;

  @Duration('How often the leak detector takes a snapshot of what is in use', { min: 100 })
  snapshotInterval = 600_000;

  @Count('Snapshots kept', { min: 2, max: 100 })
  snapshotsKept = 5;

  @Duration('An operation that takes longer is remembered with its parts', { min: 1 })
  slowOperation = 1_000;

  @Duration('A session without use for this long counts as idle in the diagnosis', { min: 1_000 })
  idleAge = 3_600_000;

  @Count('Idle sessions above which a clean-up is needed')
  maxIdleSessions = 100;

  @Text('Folder for profiles; empty: a private folder below the temporary folder of the system')
  profileFolder = '';

  @Count('Profiles kept; the oldest are removed', { min: 1, max: 100 })
  profilesKept = 5;

  @Duration('Longest profile that may be asked for', { min: 100, max: 600_000 })
  maxProfileDuration = 60_000;
}
