import { type Check } from '../../diagnostics/check.js';
import { type Section } from '../../diagnostics/finding.js';

/** A check that needs no server. @param id `section.name` */
export function localCheck(id: string, guide: string, looksAt: string, judge: Check['judge']): Check {
  return { id, section: id.split('.', 1)[0] as Section, guide, looksAt, judge };
}
