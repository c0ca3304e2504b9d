import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

import { AuthConfig } from '../../src/config/sections/index.js';

const AUDIENCE = 'https://git.example.org/mcp';

interface SigningKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export interface TokenOptions {
  readonly subject?: string;
  readonly scope?: string;
  readonly audience?: string;
  readonly issuer?: string;
  readonly kid?: string;
  /** Whole seconds since 1970; absent: none. */
  readonly expiresAt?: number;
  readonly claims?: JWTPayload;
}

/** An authorization server as far as this one sees it: keys at a URL, and tokens signed with them. */
export class TokenIssuer {
  /** How often the keys were fetched. */
  fetches = 0;
  /** What the URL of the keys answers with; 200 is all well. */
  status = 200;
  private readonly keys: SigningKey[] = [];

  private constructor(private readonly server: Server) {}

  static async start(algorithm = 'ES256'): Promise<TokenIssuer> {
    const server = createServer();
    const issuer = new TokenIssuer(server);
    server.on('request', (_request, response) => {
      issuer.fetches += 1;
      response.writeHead(issuer.status, { 'Content-Type': 'application/json', Connection: 'close' });
      response.end(JSON.stringify({ keys: issuer.keys.map(({ publicJwk }) => publicJwk) }));
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    await issuer.rotate(algorithm);
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The settings of a server that trusts this issuer. */
  config(jwt: Partial<AuthConfig['jwt']> = {}): AuthConfig {
    const config = Object.assign(new AuthConfig(), { mode: 'jwt' as const });
    Object.assign(config.jwt, { issuer: this.url, audience: AUDIENCE, jwksUri: `${this.url}/keys`, ...jwt });
    return config;
  }

  /** Replaces all keys by a new one. */
  async rotate(algorithm = 'ES256'): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
    const kid = `key-${this.fetches}-${Math.random().toString(36).slice(2)}`;
    const publicJwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
    this.keys.splice(0, this.keys.length, { kid, algorithm, privateKey, publicJwk });
  }

  get publicKey(): JWK {
    return this.current.publicJwk;
  }

  sign({ subject = 'ada', scope, kid, expiresAt, claims, ...options }: TokenOptions = {}): Promise<string> {
    const key = this.current;
    const token = new SignJWT({ ...(scope !== undefined && { scope }), ...claims })
      .setProtectedHeader({ alg: key.algorithm, kid: kid ?? key.kid, typ: 'at+jwt' })
      .setIssuer(options.issuer ?? this.url)
      .setAudience(options.audience ?? AUDIENCE);
    if (subject !== '') token.setSubject(subject);
    if (expiresAt !== undefined) token.setExpirationTime(expiresAt);
    return token.sign(key.privateKey);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private get current(): SigningKey {
    const [key] = this.keys;
    if (key === undefined) throw new Error('the issuer has no key');
    return key;
  }
}
