import type { ConfigFault } from './config-fault.js';
import { nearestName } from './nearest-name.js';
import { type AuthConfig, JWT_ALGORITHMS } from './sections/index.js';

type Fault = Pick<ConfigFault, 'key' | 'problem'> & { readonly value: string };

const NEEDED = ['issuer', 'audience', 'jwksUri'] as const;

/** Faults between the settings of `auth.jwt`. None of them matters in another mode. */
export function jwtFaults({ mode, jwt }: AuthConfig): readonly Fault[] {
  if (mode !== 'jwt') return [];
  const missing = NEEDED.filter((name) => jwt[name] === '').map((name): Fault => ({
    key: `auth.jwt.${name}`,
    value: '',
    problem: 'is needed where auth.mode is jwt',
  }));
  const urls = (['issuer', 'jwksUri', 'resource'] as const).filter((name) => jwt[name] !== '');
  const odd = urls.flatMap((name) => urlFault(`auth.jwt.${name}`, jwt[name], jwt.allowInsecureIssuer));
  return [...missing, ...odd, ...resourceFault(jwt), ...algorithmFaults(jwt)];
}

/** The public URL of `/mcp`, `undefined` where neither setting is one. */
export function resourceOf({ resource, audience }: AuthConfig['jwt']): URL | undefined {
  const written = resource === '' ? audience : resource;
  return /^https?:\/\//.test(written) && URL.canParse(written) ? new URL(written) : undefined;
}

// Whoever can change what comes back from an http URL makes tokens for this server.
function urlFault(key: string, value: string, insecureAllowed: boolean): Fault[] {
  if (!URL.canParse(value)) return [{ key, value, problem: 'is not a URL' }];
  const { protocol, hostname } = new URL(value);
  if (protocol === 'https:') return [];
  const near = insecureAllowed || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol === 'http:' && near) return [];
  return [{ key, value, problem: 'must be an https URL: with http anyone on the way could make tokens' }];
}

function resourceFault(jwt: AuthConfig['jwt']): Fault[] {
  if (resourceOf(jwt) !== undefined || jwt.audience === '') return [];
  const problem = 'is needed where auth.jwt.audience is no URL: the public URL of /mcp';
  return jwt.resource === '' ? [{ key: 'auth.jwt.resource', value: '', problem }] : [];
}

function algorithmFaults({ algorithms }: AuthConfig['jwt']): Fault[] {
  const key = 'auth.jwt.algorithms';
  if (algorithms.length === 0) return [{ key, value: '', problem: 'names no algorithm' }];
  return algorithms
    .filter((name) => !(JWT_ALGORITHMS as readonly string[]).includes(name))
    .map((value) => {
      const nearest = nearestName(value, JWT_ALGORITHMS);
      const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
      return { key, value, problem: `accepts ${JWT_ALGORITHMS.join(', ')}${hint}` };
    });
}
