/** The parts of the diagnosis, in the order in which they are told. */
export const SECTIONS = [
  'startup',
  'connection',
  'messages',
  'errors',
  'latency',
  'memory',
  'cpu',
  'sessions',
  'heartbeat',
  'validation',
  'circuits',
  'resources',
  'git',
  'store',
  'jobs',
  'disk',
] as const;

export type Section = (typeof SECTIONS)[number];

export const VERDICTS = ['ok', 'warning', 'failed'] as const;

export type Verdict = (typeof VERDICTS)[number];

export interface AdminCall {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** One way out, as exact as it can be said. */
export interface Cure {
  readonly what: string;
  /** `key=value`, as --set takes it. */
  readonly setting?: string;
  readonly command?: string;
  readonly call?: AdminCall;
  /** Loses nothing: `doctor --fix` may make the call. */
  readonly safe?: true;
}

type Figure = string | number | boolean | null | readonly Figure[] | { readonly [name: string]: Figure };

export type Figures = Readonly<Record<string, Figure>>;

/** What a check found. */
export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence with the figures that decided. */
  readonly summary: string;
  readonly figures: Figures;
  /** Present where something is wrong. */
  readonly cause?: string;
  readonly cures?: readonly Cure[];
}

export interface Finding extends Judgement {
  /** `section.name` */
  readonly check: string;
  readonly section: Section;
  /** The part of the troubleshooting guide that it answers. */
  readonly guide: string;
  readonly looks_at: string;
}

export interface DiagnosisReport {
  readonly verdict: Verdict;
  /** ISO 8601. */
  readonly at: string;
  readonly findings: readonly Finding[];
}

interface Trouble {
  readonly cause: string;
  readonly cures: readonly Cure[];
}

export function ok(summary: string, figures: Figures): Judgement {
  return { verdict: 'ok', summary, figures };
}

export function warning(summary: string, figures: Figures, trouble: Trouble): Judgement {
  return { verdict: 'warning', summary, figures, ...trouble };
}

export function failed(summary: string, figures: Figures, trouble: Trouble): Judgement {
  return { verdict: 'failed', summary, figures, ...trouble };
}

export function worstOf(findings: readonly { readonly verdict: Verdict }[]): Verdict {
  const ranks = findings.map(({ verdict }) => VERDICTS.indexOf(verdict));
  return VERDICTS[Math.max(0, ...ranks)] ?? 'ok';
}
