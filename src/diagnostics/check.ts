import { type Judgement, type Section } from './finding.js';

/** One question about the server, answered from what it knows anyway: asking must not make anything worse. */
export interface Check {
  /** `section.name` */
  readonly id: string;
  readonly section: Section;
  /** The part of the troubleshooting guide that it answers. */
  readonly guide: string;
  readonly looksAt: string;
  /** Starts processes or walks folders: only when somebody asks, never on schedule. */
  readonly costly?: true;

  judge(signal: AbortSignal): Judgement | Promise<Judgement>;
}

/** All of them, in the order of their sections. */
export const CHECKS = Symbol('Checks');
