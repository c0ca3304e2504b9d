import { describe, it } from 'vitest';

import { type Frame, TestClient } from '../support/test-client.js';
import { TokenIssuer } from '../support/token-issuer.js';
import { Figures } from './support/figures.js';
import { scene } from './support/scene.js';
import { tokenSettings } from './support/token-settings.js';
import { knock } from './support/upgrade.js';

const TOKEN = 'Vq3-9fGk_0aZ7xPw2LmC';
const STRANGERS = 'k0T-4bNs_8cY1rUe6JhD';
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
/** Whose tokens are tried. */
const SESSIONS = 10;

describe('Who shows a token', () => {
  const here = scene();
  const start = () =>
    here.start({ MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false' }, [
      '--config',
      here.repository.write('../server.yaml', tokenSettings(TOKEN, STRANGERS)).file('../server.yaml'),
    ]);
  const connect = async (headers: Readonly<Record<string, string>> = bearer(TOKEN), query = '') => {
    const client = await TestClient.connect(`${here.server.webSocketUrl}${query}`, { headers });
    here.clients.push(client);
    return client;
  };
  const begin = async () => {
    const client = await connect();
    await client.request('initialize', { params: { capabilities: { resume: true } } });
    return client;
  };
  const resume = async (token: string | undefined, headers = bearer(TOKEN)) => {
    const client = await connect(headers);
    const answer = await client.request('initialize', { params: { resume: { token, last_seq: 0 } } });
    // The one before is dead with the first frame of whoever has come back.
    if (served(answer) === 1) await client.request('ping');
    return answer;
  };

  it('without a token, or with one in the URL: no tool is served', async (context) => {
    const figures = new Figures(context, 24);
    await start();
    let answered = 0;

    for (const query of [
      '',
      `?token=${TOKEN}`,
      `?access_token=${TOKEN}`,
      `?authorization=Bearer%20${TOKEN}`,
    ]) {
      // Who is turned away at the door is served nothing.
      const client = await connect({}, query).catch(() => undefined);
      if (client === undefined) continue;
      answered += served(await client.request('tools/list')) + served(await here.call(client, 'git_log'));
    }

    figures.exactly('calls served', answered, 0);
    figures.exactly(
      'calls served with the token in the header',
      served(await here.call(await connect(), 'git_log')),
      1,
    );
  });

  it('a token of an authorization server: let in until it ends, and not after', async (context) => {
    const figures = new Figures(context, 24);
    const issuer = await TokenIssuer.start();
    const { issuer: trusted, audience, jwksUri } = issuer.config().jwt;
    const jwt = { mode: 'jwt', 'jwt.issuer': trusted, 'jwt.audience': audience, 'jwt.jwksUri': jwksUri };
    const flags = Object.entries(jwt).flatMap(([key, value]) => ['--set', `auth.${key}=${value}`]);
    await here.start({ MCP_GIT_RESILIENCE_RATE_LIMIT_ENABLED: 'false' }, [
      ...flags,
      '--set',
      'auth.jwt.clockTolerance=0',
    ]);
    const port = Number(new URL(here.server.url).port);
    const now = Math.floor(Date.now() / 1_000);
    const statusWith = async (expiresAt: number): Promise<string> => {
      const token = await issuer.sign({ scope: 'git:read', expiresAt });
      const headers = { 'Sec-WebSocket-Protocol': 'mcp', ...bearer(token) };
      const { status, socket } = await knock(port, headers);
      socket.destroy();
      return status;
    };

    const expired = await Promise.all([1, 60, 86_400].map((seconds) => statusWith(now - seconds)));
    const valid = await statusWith(now + 60);
    await issuer.stop();

    figures.exactly('refused after their end', expired.filter((status) => status === '401').length, 3);
    figures.exactly('let in before', valid === '101' ? 1 : 0, 1);
  });

  it('the token of a session: dead for everybody else, and for its owner once it has been used', async (context) => {
    const figures = new Figures(context, 24);
    await start();
    const resumed = { byStrangers: 0, again: 0, byOwners: 0 };

    for (let round = 0; round < SESSIONS; round += 1) {
      const owner = await begin();
      const first = owner.token;
      await owner.cut();
      resumed.byStrangers += served(await resume(first, bearer(STRANGERS)));
      const answer = await resume(first);
      resumed.byOwners += served(answer);
      resumed.again += served(await resume(first));
      resumed.byStrangers += served(
        await resume(answer['result']?.resume?.token as string, bearer(STRANGERS)),
      );
    }

    figures.exactly('resumed by another principal', resumed.byStrangers, 0);
    figures.exactly('resumed with a token that has been used', resumed.again, 0);
    figures.exactly('resumed by their owners', resumed.byOwners, SESSIONS);
  });
});

function served({ type }: Frame): number {
  return type === 'error' ? 0 : 1;
}
