import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { buildFixtures } from './conformance/fixture-build.mjs';
import { GENERIC, NEEDS_FIXTURES, SUITES } from './conformance/runs.mjs';
import { startServer } from './conformance/server.mjs';
import { failedChecks, passedChecks, runSuite } from './conformance/suite.mjs';

/**
 * The official conformance suite against this server: with the fixtures that the suite names, where everything that
 * is scored must pass, and as the product is, where every scenario that needs no fixture must.
 */
const repository = mkdtempSync(join(tmpdir(), 'conformance-repository-'));
const settings = ['--port', '0', '--repository', repository, '--set', 'log.level=warn'];
const SERVERS = [
  { title: 'with fixtures', words: [buildFixtures(), ...settings], judge: judgeScored },
  { title: 'as it is', words: ['dist/bundle/cli.js', 'serve', ...settings], judge: judgeGeneric },
];
const total = { passed: 0, failed: 0 };

let server;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void server?.stop().finally(() => process.exit(1)));
}
try {
  execFileSync('git', ['init', '--quiet', repository]);
  for (const { title, words, judge } of SERVERS) {
    server = await startServer(words);
    for (const suite of SUITES) {
      report(`${title}, ${suite.title}`, judge(suite, await runSuite(suite, server.url)));
    }
    await server.stop();
  }
} finally {
  await server?.stop();
  rmSync(repository, { recursive: true, force: true });
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** Everything that the suite scores. */
function judgeScored(_suite, { code, output, scenarios }) {
  const scored = scenarios.filter(({ isScored }) => isScored);
  const failures = scored.flatMap((scenario) => failuresOf(scenario));
  // Its exit code knows of what has left no check behind.
  if (failures.length === 0 && (code !== 0 || scored.length === 0)) {
    failures.push(`the suite ended with ${code}:\n${output}`);
  }
  return { scenarios: scored, failures };
}

/** What needs no fixture; a scenario that was not run has not been passed. */
function judgeGeneric({ title }, { scenarios }) {
  const generic = scenarios.filter(({ name }) => GENERIC[title].includes(name));
  const ran = new Set(generic.filter(({ checks }) => checks.length > 0).map(({ name }) => name));
  const missing = GENERIC[title].filter((name) => !ran.has(name));
  const failures = generic.flatMap((scenario) => failuresOf(scenario, NEEDS_FIXTURES));
  return { scenarios: generic, failures: [...failures, ...missing.map((name) => `${name}: was not run`)] };
}

function failuresOf(scenario, excused = []) {
  return failedChecks(scenario)
    .filter(({ id }) => !excused.includes(id))
    .map(({ id, errorMessage }) => `${scenario.name}: ${id}: ${errorMessage}`);
}

function report(title, { scenarios, failures }) {
  const passed = scenarios.flatMap(passedChecks).length;
  total.passed += passed;
  total.failed += failures.length;
  console.log(`${title}: ${scenarios.length} scenarios, ${passed} passed, ${failures.length} failed`);
  for (const failure of failures) console.log(`  ${failure}`);
}
