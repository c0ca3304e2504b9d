import { Get, Param } from '@nestjs/common';

import { type DiagnosisReport, type Section, SECTIONS } from '../../diagnostics/finding.js';
import { Diagnosis } from '../../diagnostics/diagnosis.service.js';
import { ServerError } from '../../shared/errors/index.js';
import { AdminController } from '../access/admin.controller.js';
import { Summary } from '../access/summary.js';

const PATIENCE_MS = 30_000;

@AdminController('diagnosis')
export class DiagnosisController {
  constructor(private readonly diagnosis: Diagnosis) {}

  @Get()
  @Summary('Every check of every section, with verdict, figures, likely cause and cure')
  all(): Promise<DiagnosisReport> {
    return this.diagnosis.run(AbortSignal.timeout(PATIENCE_MS));
  }

  @Get(':section')
  @Summary('The checks of one section')
  section(@Param('section') section: string): Promise<DiagnosisReport> {
    if (!SECTIONS.includes(section as Section)) {
      const details = { reason: 'unknown-section', sections: SECTIONS };
      throw new ServerError('operation_failed', 'There is no section of that name; details list them', {
        details,
      });
    }
    return this.diagnosis.run(AbortSignal.timeout(PATIENCE_MS), section as Section);
  }
}
