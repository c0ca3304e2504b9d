import { ok } from 'node:assert/strict';

import { type TestContext } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    figures?: Figure[];
    /** The row of the table of faults that the scenario is. */
    row?: number;
  }
}

/** One thing that a scenario measured, beside what it may be. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly limit: string;
}

/** The long form has the soak and the million cases; the short one runs with every change. */
export const LONG = process.env['MCP_GIT_FAULTS'] === 'long';

export const ROOT = process.getuid?.() === 0;

/** What a scenario measures is kept for the report, and compared with what it may be at once. */
export class Figures {
  constructor(
    private readonly context: TestContext,
    row: number,
  ) {
    context.task.meta.row = row;
  }

  atMost(name: string, value: number, limit: number, unit = ''): void {
    this.keep({ name, value, unit, limit: `<= ${Number(limit.toPrecision(5))}` }, value <= limit);
  }

  atLeast(name: string, value: number, limit: number, unit = ''): void {
    this.keep({ name, value, unit, limit: `>= ${Number(limit.toPrecision(5))}` }, value >= limit);
  }

  exactly(name: string, value: number, wanted: number, unit = ''): void {
    this.keep({ name, value, unit, limit: `= ${wanted}` }, value === wanted);
  }

  /** For the reader of the report only: nothing is asked of it. */
  measured(name: string, value: number, unit = ''): void {
    this.keep({ name, value, unit, limit: '' }, true);
  }

  private keep(figure: Figure, isKept: boolean): void {
    const value = Number(figure.value.toFixed(Math.abs(figure.value) < 10 ? 2 : 0));
    (this.context.task.meta.figures ??= []).push({ ...figure, value });
    ok(isKept, `${figure.name}: ${figure.value} ${figure.unit}, may be ${figure.limit}`);
  }
}
