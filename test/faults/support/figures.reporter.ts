import { writeFileSync } from 'node:fs';

import { type Reporter, type TestCase, type TestModule } from 'vitest/node';

import './figures.js';

/** Prints what the scenarios measured; into a file as well where `MCP_GIT_FAULTS_REPORT` names one. */
export class FiguresReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const scenarios = modules
      .flatMap((module) => [...module.children.allTests()])
      .map(scenarioOf)
      .toSorted((one, other) => one.row - other.row);
    console.table(
      scenarios.flatMap(({ row, name, state, figures }) =>
        figures.map((figure) => ({
          row,
          scenario: name.slice(0, 60),
          state,
          figure: figure.name,
          value: `${figure.value} ${figure.unit}`.trim(),
          limit: figure.limit,
        })),
      ),
    );
    const path = process.env['MCP_GIT_FAULTS_REPORT'];
    if (path) writeFileSync(path, `${JSON.stringify(scenarios, undefined, 2)}\n`);
  }
}

function scenarioOf(test: TestCase) {
  const { row = 0, figures = [] } = test.meta();
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  return { row, name: test.name, state: result.state, note, figures };
}
