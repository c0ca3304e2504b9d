import { fileURLToPath } from 'node:url';

const RELEASED = entryOf(import.meta.resolve('@modelcontextprotocol/conformance/package.json'));
const NEXT = entryOf(import.meta.resolve('conformance-next/package.json'));

/** What is run against each server. `requirements`: exactly what that revision of the protocol asks for. */
export const SUITES = [
  { title: 'released suite', entry: RELEASED, args: [] },
  { title: 'requirements 2025-11-25', entry: NEXT, args: ['--requirements', '2025-11-25'] },
  { title: 'requirements 2026-07-28', entry: NEXT, args: ['--requirements', '2026-07-28'] },
];

/**
 * What any server must pass with tools, prompts and resources of its own, per suite: the other scenarios call those
 * that the suite names. Of `server-stateless` everything but the checks listed in `NEEDS_FIXTURES`.
 */
export const GENERIC = {
  'released suite': [
    'server-initialize',
    'logging-set-level',
    'ping',
    'tools-list',
    'server-sse-multiple-streams',
    'resources-list',
    'prompts-list',
    'dns-rebinding-protection',
  ],
  'requirements 2025-11-25': [
    'server-initialize',
    'logging-set-level',
    'ping',
    'tools-list',
    'server-sse-multiple-streams',
    'resources-list',
    'prompts-list',
    'dns-rebinding-protection',
    'server-session-lifecycle',
  ],
  'requirements 2026-07-28': [
    'server-stateless',
    'tools-list',
    'server-sse-multiple-streams',
    'resources-list',
    'sep-2164-resource-not-found',
    'prompts-list',
    'dns-rebinding-protection',
    'caching',
    'input-required-result-unsupported-methods',
    'http-header-validation',
  ],
};

/** Checks of generic scenarios that call a tool of the suite's own. */
export const NEEDS_FIXTURES = [
  'sep-2575-server-rejects-undeclared-capability',
  'sep-2575-missing-capability-http-400',
  'sep-2575-http-server-no-independent-requests-on-stream',
  'sep-2575-server-no-log-without-loglevel',
];

function entryOf(packageUrl) {
  return fileURLToPath(new URL('dist/index.js', packageUrl));
}
