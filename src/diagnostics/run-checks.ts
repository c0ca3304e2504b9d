import { type Check } from './check.js';
import { failed, type Finding, type Judgement } from './finding.js';

/** Asks all checks side by side. One that throws has failed, and costs the others nothing. */
export function runChecks(checks: readonly Check[], signal: AbortSignal): Promise<readonly Finding[]> {
  return Promise.all(checks.map((check) => findingOf(check, signal)));
}

async function findingOf(check: Check, signal: AbortSignal): Promise<Finding> {
  const { id, section, guide, looksAt } = check;
  const about = { check: id, section, guide, looks_at: looksAt };
  try {
    return { ...about, ...(await check.judge(signal)) };
  } catch (error) {
    return { ...about, ...brokenCheck(error) };
  }
}

function brokenCheck(error: unknown): Judgement {
  const reason = error instanceof Error ? error.message : String(error);
  return failed(
    `the check itself failed: ${reason}`,
    {},
    {
      cause: 'what it looks at cannot be looked at',
      cures: [{ what: 'look for the reason in the log', command: 'mcp-git-server logs --level error' }],
    },
  );
}
