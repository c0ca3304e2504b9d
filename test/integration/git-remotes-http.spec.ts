import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Repository } from '../../src/git/repository.js';
import { GitRepository } from '../support/git-repository.js';
import { GitServices } from '../support/git-services.js';

const signal = new AbortController().signal;
const quiet = () => undefined;

describe('A remote over HTTP', () => {
  let repo: GitRepository;
  let services: GitServices;
  let here: Repository;
  let server: Server;
  let asked: IncomingMessage[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeEach(async () => {
    repo = new GitRepository();
    repo.commit('one');
    asked = [];
    answer = (_, response) => response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
    server = createServer((request, response) => {
      asked.push(request);
      answer(request, response);
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    services = await GitServices.start({
      roots: [repo.root],
      config: (git) => {
        git.remote.protocols = ['http'];
        git.remote.allowPrivateAddresses = true;
      },
    });
    here = await services.locator.locate(repo.path, signal);
  });

  afterEach(async () => {
    await services.close();
    await new Promise((resolve) => void server.close(resolve));
    repo.remove();
  });

  const url = (rest = '') => `http://${rest}127.0.0.1:${(server.address() as AddressInfo).port}/x.git`;
  const fetch = () => services.remotes.fetch(here, { remote: 'origin' }, quiet, signal);

  it('asks no credential helper of the repository, whatever URL it is configured for', async () => {
    const canary = join(repo.root, 'canary');
    repo.git(['remote', 'add', 'origin', url()]);
    const helper = `!echo asked >> '${canary}'; echo username=a; echo password=b`;
    repo.config('credential.helper', helper).config(`credential.${url()}.helper`, helper);
    repo.config('credential.http://127.0.0.1.helper', helper).config('core.askPass', `touch '${canary}';`);

    await expect(fetch()).rejects.toMatchObject({
      code: 'operation_failed',
      details: { reason: 'authentication' },
    });

    expect(asked.length).toBeGreaterThan(0);
    expect(existsSync(canary)).toBe(false);
  });

  it('gets the credential of the URL when it asks', async () => {
    repo.git(['remote', 'add', 'origin', url('ada:s%40cret@')]);

    await expect(fetch()).rejects.toMatchObject({ details: { reason: 'authentication' } });

    const basic = Buffer.from('ada:s@cret').toString('base64');
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([undefined, `Basic ${basic}`]);
  });

  it('is not followed elsewhere', async () => {
    repo.git(['remote', 'add', 'origin', url()]);
    answer = ({ url: path = '' }, response) => {
      if (path.startsWith('/elsewhere')) response.writeHead(200).end();
      else response.writeHead(302, { Location: '/elsewhere/info/refs?service=git-upload-pack' }).end();
    };

    await expect(fetch()).rejects.toMatchObject({ code: 'operation_failed' });

    expect(asked.map(({ url: path }) => path)).toEqual(['/x.git/info/refs?service=git-upload-pack']);
  });

  it('is left alone once it has failed repeatedly', async () => {
    repo.git(['remote', 'add', 'origin', url()]);
    answer = (_, response) => response.writeHead(503).end();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(fetch()).rejects.toMatchObject({ code: 'temporary_resource_unavailable' });
    }

    await expect(fetch()).rejects.toMatchObject({
      code: 'circuit_open',
      details: { circuit: 'remote:127.0.0.1' },
    });

    expect(asked).toHaveLength(5);
  });

  it('that never answers is given up when the caller does', async () => {
    repo.git(['remote', 'add', 'origin', url()]);
    const caller = new AbortController();
    answer = () => caller.abort();

    const fetched = services.remotes.fetch(here, { remote: 'origin' }, quiet, caller.signal);

    await expect(fetched).rejects.toMatchObject({ code: 'operation_cancelled' });
  });
});
