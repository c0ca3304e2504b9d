import { Injectable } from '@nestjs/common';

import { RootsDiskHealthIndicator } from '../../git/roots-disk.health.js';
import { type Check } from '../check.js';
import { failed, type Figures, type Judgement, ok, warning } from '../finding.js';

@Injectable()
export class DiskCheck implements Check {
  readonly id = 'disk.space';
  readonly section = 'disk';
  readonly guide = 'Common Issues';
  readonly looksAt = 'free space on the disks of git.roots';

  constructor(private readonly health: RootsDiskHealthIndicator) {}

  async judge(): Promise<Judgement> {
    const { disk } = await this.health.isHealthy();
    const { status, ...rest } = disk;
    const figures = { ...rest } as Figures;
    const cures = [
      { what: 'see what fills it', command: 'df -h' },
      { what: 'take the limit lower', setting: 'health.minDiskFreeBytes=50MiB' },
    ];
    if (status === 'up') return ok('the disks of git.roots have space', figures);
    if (status === 'degraded')
      return warning('some folders of git.roots are not there', figures, {
        cause: 'they are not mounted, or were removed',
        cures,
      });
    return failed('commits may not fit on the disk any more', figures, {
      cause: 'the disk is full or does not answer',
      cures,
    });
  }
}
