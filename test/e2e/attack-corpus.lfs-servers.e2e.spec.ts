import { type ServerResponse } from 'node:http';

import { describe, expect, it } from 'vitest';

import { outcomeOf } from '../support/attacks/attack-server.js';
import { lfsAttacks, refusalsOf, storedAt, OUTSIDE } from '../support/attacks/lfs-attack.js';
import { lfsId } from '../support/lfs-pointer.js';

const NOT_THERE = 'operation_failed: not-on-remote';

describe('An LFS server that', () => {
  const here = lfsAttacks();
  const content = () => ({
    actions: { download: { href: `http://${here.attack.server.host}/content/${lfsId('aaaa')}` } },
  });

  it.each([
    ['a file', () => `file://${here.attack.outsideFile}`, 'operation_failed: invalid-url'],
    ['a path', () => here.attack.outsideFile, 'operation_failed: invalid-url'],
    ['an option', () => `--output=${here.attack.outsideFile}`, 'operation_failed: invalid-url'],
    ['a program', () => `ext::${here.attack.place.program('href')}`, 'operation_failed: invalid-url'],
    ['another scheme', () => 'gopher://127.0.0.1:70/x', 'operation_failed: invalid-url'],
    ['a protocol that is not allowed', () => 'https://127.0.0.1/x', 'forbidden: protocol-not-allowed'],
    ['more than one line', () => 'http://127.0.0.1/\r\nX-Smuggled: yes', 'operation_failed: invalid-url'],
    ['two hosts', () => 'http://127.0.0.1:1@[::1]:2:3/', 'operation_failed: invalid-url'],
  ])('leads to %s is not followed', async (_what, href, refusal) => {
    here.attack.server.has(OUTSIDE).action = () => ({ href: href() });

    expect(await here.attack.fetched()).toEqual([refusal]);
    expect(here.attack.server.paths('GET')).toEqual([]);
  });

  it.each([301, 302, 303, 307, 308])('redirects with %i is not followed', async (status) => {
    const moved = (response: ServerResponse) =>
      void response
        .writeHead(status, { location: `http://${here.attack.elsewhere.host}/content/${lfsId('aaaa')}` })
        .end();
    here.attack.server.intercept = (_request, response) => {
      moved(response);
      return true;
    };
    const asked = await here.attack.fetched();
    here.attack.answersContent(moved);

    expect([asked, await here.attack.fetched()]).toEqual([
      ['operation_failed: redirect'],
      ['operation_failed: redirect'],
    ]);
  });

  it('says the name of its own for an object is not believed', async () => {
    const climbing = `../../../../${here.attack.outsideFile}`;
    here.attack.answersObjects([
      { oid: climbing, size: 4, ...content() },
      { oid: `${lfsId('aaaa')}/../x`, size: 4, ...content() },
      { oid: [lfsId('aaaa')], size: 4, ...content() },
      { oid: '__proto__', size: 4, ...content() },
    ]);

    expect(await here.attack.fetched()).toEqual([NOT_THERE]);
    expect(here.attack.server.paths('GET')).toEqual([]);
  });

  it.each([0, 5, -4, 4.5, 1e300, '4', null])('says %s for a size is not believed', async (size) => {
    here.attack.answersObjects([{ oid: lfsId('aaaa'), size, ...content() }]);

    expect(await here.attack.fetched()).toEqual([NOT_THERE]);
    expect(here.attack.server.paths('GET')).toEqual([]);
  });

  it('sends without an end is left at the first byte too many', async () => {
    const endless = (response: ServerResponse): void => {
      while (response.write('x'.repeat(65_536)));
      response.once('drain', () => endless(response));
    };
    here.attack.answersContent(endless);

    expect(await here.attack.fetched()).toEqual(['operation_failed: wrong-content']);
  });

  it('announces more than it sends leaves nothing behind', async () => {
    here.attack.answersContent((response) => {
      response.writeHead(200, { 'content-length': '999999999999' });
      response.write('evil', () => response.destroy());
    });

    const answered = await here.attack.transfer('fetch');

    expect(here.attack.harm([answered])).toEqual([]);
    expect(here.attack.repo.has(storedAt('aaaa'))).toBe(false);
    expect(outcomeOf(answered.frame)).toBe('temporary_resource_unavailable');
  });

  it.each([
    ['in a value', { 'x-token': 'a\r\nx-smuggled: yes' }],
    ['in a name', { 'x-token: a\r\nx-smuggled': 'yes' }],
    ['by a message of its own', { 'x-token': 'a\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x' }],
    ['by a line that goes on', { 'x-token': 'a\n x-smuggled: yes' }],
    ['by a name with a blank', { 'transfer-encoding ': 'chunked' }],
    ['by a character that is cut to a newline', { 'x-token': 'a\u010d\u010ax-smuggled: yes' }],
  ])('smuggles headers %s is not told them', async (_what, header) => {
    here.attack.server.action = () => ({ header });

    expect(await here.attack.fetched()).toEqual(['operation_failed: bad-answer']);
    expect(here.attack.server.requests.map(({ headers }) => headers['x-smuggled'])).toEqual([undefined]);
  });

  it('says where messages end is not heeded', async () => {
    here.attack.server.action = () => ({
      header: {
        'Transfer-Encoding': 'chunked',
        'CONTENT-LENGTH': '99',
        Connection: 'upgrade',
        Host: here.attack.elsewhere.host,
        'Proxy-Authorization': 'x',
      },
    });

    const answered = await here.attack.transfer('fetch');

    expect(here.attack.harm([answered])).toEqual([]);
    expect(here.attack.repo.read(storedAt('aaaa'))).toBe('aaaa');
    const headers = here.attack.server.requests.at(-1)?.headers;
    expect(headers?.host).toBe(here.attack.server.host);
    expect(Object.keys(headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(transfer-encoding|content-length|proxy-.*)$/)]),
    );
  });

  it('wants what it was not asked for is sent nothing', async () => {
    here.attack.repo.write(storedAt('aaaa'), 'aaaa');
    here.attack.link(storedAt(OUTSIDE), here.attack.outsideFile);
    here.attack.server.objects.clear();
    here.attack.server.action = () => ({ href: `file://${here.attack.outsideFile}` });

    const answered = await here.attack.transfer('push');

    expect(here.attack.harm([answered])).toEqual([]);
    expect(refusalsOf(answered)).toEqual(['operation_failed: invalid-url']);
  });
});
