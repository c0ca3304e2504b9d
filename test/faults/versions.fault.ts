import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { VERSION } from '../../src/sessions/store/entry.js';
import { TestClient } from '../support/test-client.js';
import { Figures } from './support/figures.js';
import { scene } from './support/scene.js';

/** What the first release that stored sessions left when it was killed, and what its client had by then. */
const EARLIER = readFileSync(new URL('./states/earlier.session', import.meta.url), 'utf8');
const ID = '22dc1f43-9103-47a8-877d-852fa106a07a';
const TOKEN = `${ID}.KmuLTNDnzFagMDRCizsG7M3tyDI5ub-G0eVNQQi83AU`;
const SEEN = [1];
const LATER_ID = ID.replace('22dc', '33dc');

describe('Sessions that another release stored', () => {
  const here = scene();

  it('an earlier one: they go on with what was on its way; a later one: said, and left for it', async (context) => {
    const figures = new Figures(context, 38);
    const store = here.repository.file('../sessions');
    const later = EARLIER.trimEnd().split('\n').map(asLater).join('\n');
    mkdirSync(store);
    writeFileSync(`${store}/${ID}.session`, EARLIER);
    writeFileSync(`${store}/${LATER_ID}.session`, `${later}\n`);
    await here.start({ MCP_GIT_SESSIONS_STORE_PATH: store });

    const { client, answer } = await resume(TOKEN);
    const replayed = await client.next('tools/call/result');
    const served = await here.call(client, 'git_log');
    const { answer: told } = await resume(TOKEN.replace(ID, LATER_ID));

    expect(served.type).toBe('tools/call/result');
    expect(told['error']?.code).toBe('session_expired');
    const goesOn = answer['result']?.session_id === ID && answer['result'].resume.lost === 0;
    figures.exactly('sessions of an earlier release that go on', goesOn ? 1 : 0, 1);
    figures.exactly('the answer that its client had not had', replayed['seq'] as number, 2);
    const isLeft = readFileSync(`${store}/${LATER_ID}.session`, 'utf8') === `${later}\n`;
    figures.exactly('sessions of a later release that are told so and left', isLeft ? 1 : 0, 1);
  });

  async function resume(token: string) {
    const found = await TestClient.resume(here.server.webSocketUrl, { token, seqs: SEEN });
    here.clients.push(found.client);
    return found;
  }
});

/** The same line in a format that does not exist yet. */
function asLater(line: string): string {
  const body = line.slice(line.indexOf(' ', 2) + 1).replace(ID, LATER_ID);
  return `${VERSION + 1} ${crc32(body).toString(16).padStart(8, '0')} ${body}`;
}
