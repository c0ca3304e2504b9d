import { existsSync } from 'node:fs';
import { isIP } from 'node:net';

import type { AppConfig } from './app.config.js';
import type { ConfigFault } from './config-fault.js';
import { jwtFaults } from './jwt-rules.js';
import { protocolFaults, signingFaults, storeFaults, toolFaults, trustFaults } from './tool-rules.js';

/** Where each setting was set, by key. */
export type SettingSources = ReadonlyMap<string, string>;

const HOW_TO_MAKE_A_TOKEN =
  'make a token with TOKEN=$(openssl rand -hex 32), set MCP_GIT_AUTH_MODE=token and MCP_GIT_AUTH_TOKENS=' +
  `'[{"name":"me","sha256":"<digest>","scopes":["git:read","git:write"]}]'` +
  ', where the digest is printed by: printf %s "$TOKEN" | sha256sum';

const DIGEST_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** What no single setting can say: faults between several. */
export function brokenRules(config: AppConfig, sources: SettingSources): readonly ConfigFault[] {
  const fault = (key: string, value: string, problem: string): ConfigFault => {
    return { key, value, source: sources.get(key) ?? 'default', problem };
  };
  const { auth, server, resilience } = config;
  const faults: ConfigFault[] = [];
  if (auth.mode === 'none' && !auth.allowAnonymous && !isLoopback(server.host)) {
    const why = 'everyone who reaches this address could call the server';
    const otherwise = 'or set auth.allowAnonymous: true where the network itself keeps strangers away';
    faults.push(fault('server.host', server.host, `${why}; ${HOW_TO_MAKE_A_TOKEN}; ${otherwise}`));
  }
  if (auth.mode === 'token' && auth.tokens.length === 0) {
    faults.push(
      fault('auth.mode', auth.mode, `no token is configured in auth.tokens; ${HOW_TO_MAKE_A_TOKEN}`),
    );
  }
  faults.push(
    ...digestFaults(config).map(([key, problem]) => ({
      key,
      source: sources.get('auth.tokens') ?? 'default',
      problem,
    })),
  );
  const named = [
    ...jwtFaults(auth),
    ...toolFaults(config.tools),
    ...protocolFaults(config.git.remote),
    ...trustFaults(config.git),
    ...signingFaults(config.git),
    ...storeFaults(config.sessions.store),
  ];
  for (const { key, value, problem } of named) {
    faults.push(fault(key, value, problem));
  }
  if (resilience.retry.baseDelay > resilience.retry.maxDelay) {
    const written = `${resilience.retry.baseDelay}ms`;
    faults.push(fault('resilience.retry.baseDelay', written, 'must not be above resilience.retry.maxDelay'));
  }
  return faults;
}

/** What is allowed and yet worth a second look by the operator. */
export function ruleWarnings({ auth, server, git }: AppConfig): readonly string[] {
  const reach = isLoopback(server.host) ? 'this machine' : 'the network';
  const open = `auth.allowAnonymous is on: everyone on ${reach} may call this server without a token`;
  return [
    ...(auth.mode === 'none' && auth.allowAnonymous ? [open] : []),
    // A disk may be mounted later; a mistyped path never is.
    ...git.roots
      .filter((root) => !existsSync(root))
      .map((root) => `git.roots names ${root}, which is not there`),
  ];
}

/** Whether only this machine can connect to the address. A name counts only as `localhost`. */
export function isLoopback(host: string): boolean {
  const address = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) === 4) return address.startsWith('127.');
  return address === 'localhost' || address === '::1' || /^::ffff:127\.\d+\.\d+\.\d+$/.test(address);
}

function digestFaults({ auth }: AppConfig): [key: string, problem: string][] {
  return auth.tokens.flatMap(({ sha256 }, index): [string, string][] => {
    const key = `auth.tokens[${index}].sha256`;
    if (sha256 === DIGEST_OF_NOTHING) {
      return [[key, 'is the digest of an empty text: the variable was empty when the digest was made']];
    }
    const first = auth.tokens.findIndex((token) => token.sha256 === sha256);
    return first < index
      ? [[key, `is the digest of auth.tokens[${first}] as well; give each caller a token of its own`]]
      : [];
  });
}
