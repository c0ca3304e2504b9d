import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { outcomeOf } from '../support/attacks/attack-server.js';
import { lfsAttacks, OUTSIDE, refusalsOf, storedAt } from '../support/attacks/lfs-attack.js';
import { lfsId } from '../support/lfs-pointer.js';

const NOT_THERE = 'operation_failed: not-on-remote';

const ONLY_THE_REMOTE = [[], [NOT_THERE], 1];
const pointer = (oid: string, size: string) =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${size}\n`;

describe('Git LFS', () => {
  const here = lfsAttacks();
  /** What went wrong, why nothing came, and how often the server of the remote was asked for content. */
  const asked = async () => {
    const answered = await here.attack.everything();
    const [, fetched] = answered;
    return [
      here.attack.harm(answered),
      fetched && refusalsOf(fetched),
      here.attack.server.paths('GET').length,
    ];
  };

  describe('of a repository that leads elsewhere', () => {
    it('to another host by .lfsconfig asks that of the remote', async () => {
      const { repo, elsewhere } = here.attack;
      repo.write(
        '.lfsconfig',
        `[lfs]\n\turl = ${elsewhere.remote}\n\tpushurl = ${elsewhere.remote}\n[remote "origin"]\n\tlfsurl = ${elsewhere.remote}\n`,
      );
      repo.config('lfs.url', elsewhere.remote).config('remote.origin.lfspushurl', elsewhere.remote);
      repo.config(`url.http://${elsewhere.host}/.insteadOf`, `http://${here.attack.server.host}/`);

      expect(await asked()).toEqual(ONLY_THE_REMOTE);
    });

    it('to a repository outside asks that of the remote', async () => {
      const url = `file://${join(here.attack.place.outside, 'private')}`;
      here.attack.repo.write(
        '.lfsconfig',
        `[lfs]\n\turl = ${url}\n[include]\n\tpath = ${here.attack.outsideFile}\n`,
      );
      here.attack.repo.config('lfs.url', url).config('lfs.storage', here.attack.place.outside);

      expect(await asked()).toEqual(ONLY_THE_REMOTE);
    });

    it('to programs runs none', async () => {
      const { repo } = here.attack;
      const program = here.attack.place.program('lfs');
      repo.write('.lfsconfig', `[lfs]\n\turl = ssh://-oProxyCommand=${program}/x\n`);
      repo.config('lfs.url', `--upload-pack=${program}`).config('lfs.standalonetransferagent', 'own');
      repo.config('lfs.customtransfer.own.path', program).config('lfs.customtransfer.own.args', program);
      repo.config('lfs.extension.own.clean', program).config('lfs.extension.own.smudge', program);
      repo
        .config('credential.helper', `!${program}`)
        .config('http.proxy', `http://${here.attack.elsewhere.host}`);
      for (const key of ['clean', 'smudge', 'process']) repo.config(`filter.lfs.${key}`, program);

      expect(await asked()).toEqual(ONLY_THE_REMOTE);
    });

    it.each([
      ['a program', (program: string) => `ext::sh -c ${program}`, 'operation_failed: invalid-url'],
      ['an option', () => '--upload-pack=x', 'operation_failed: invalid-url'],
      ['a host like an option', () => 'http://-oProxyCommand=x/y', 'operation_failed: invalid-url'],
      ['another protocol', () => 'https://127.0.0.1/x', 'forbidden: protocol-not-allowed'],
    ])('by a remote that is %s refuses it', async (_what, url, refusal) => {
      here.attack.repo.git(['config', 'remote.origin.url', url(here.attack.place.program('lfs'))]);

      const answered = await here.attack.everything();

      expect(here.attack.harm(answered)).toEqual([]);
      expect(answered.slice(1, 4).map(refusalsOf)).toEqual([[refusal], [refusal], [refusal]]);
    });

    it('by a remote outside refuses it', async () => {
      const url = join(here.attack.place.outside, 'private');
      here.attack.repo.git(['config', 'remote.origin.url', url]);

      const answered = await here.attack.everything();

      expect(here.attack.harm(answered)).toEqual([]);
      expect(answered.slice(1, 4).map(({ frame }) => outcomeOf(frame))).toEqual(
        Array(3).fill('path_not_allowed'),
      );
    });
  });

  describe('of pointers that are none', () => {
    const id = lfsId('cccc');

    it.each([
      ['a way up as id', pointer('../'.repeat(21) + 'x', '4')],
      ['a path as id', pointer('/etc/passwd'.padEnd(64, '/'), '4')],
      ['no digits', pointer('g'.repeat(64), '4')],
      ['capital letters', pointer(id.toUpperCase(), '4')],
      ['a size below nothing', pointer(id, '-4')],
      ['a size of no number', pointer(id, '4e9')],
      ['a size beyond all numbers', pointer(id, '9'.repeat(30))],
      ['a second id', pointer(`${id}\noid sha256:${lfsId('dddd')}`, '4')],
    ])('by %s asks for none', async (_what, text) => {
      here.attack.repo.commitFiles('two', { 'c.bin': text });

      const answered = await here.attack.everything();

      expect(here.attack.harm(answered)).toEqual([]);
      const asked = here.attack.server.batches.flatMap(({ objects }) => objects.map(({ oid }) => oid));
      expect(new Set(asked)).toEqual(new Set(['aaaa', OUTSIDE].map(lfsId)));
    });

    it('by a size that no disk has asks nobody', async () => {
      here.attack.repo.commitFiles('two', { 'c.bin': pointer(id, '9'.repeat(15)) });

      const fetched = await here.attack.transfer('fetch');

      expect(here.attack.harm([fetched])).toEqual([]);
      expect(refusalsOf(fetched)).toEqual(['operation_failed: too-large']);
      expect(here.attack.server.requests).toEqual([]);
    });
  });

  describe('with a store that leads outside', () => {
    const id = lfsId('aaaa');

    it.each([
      '.git/lfs',
      '.git/lfs/objects',
      `.git/lfs/objects/${id.slice(0, 2)}`,
      `.git/lfs/objects/${id.slice(0, 2)}/${id.slice(2, 4)}`,
      '.git/lfs/tmp',
    ])('by %s writes nothing there', async (path) => {
      here.attack.link(path, here.attack.place.outside);

      const answered = await here.attack.everything();

      expect(here.attack.harm(answered)).toEqual([]);
      const refused = `path_not_allowed: ${path.slice('.git/'.length)}`;
      expect(refusalsOf(answered[1]!)).toContain(refused);
    });

    it('by an object takes nothing from there', async () => {
      here.attack.link(storedAt(OUTSIDE), here.attack.outsideFile);

      const answered = await here.attack.everything();

      expect(here.attack.harm(answered)).toEqual([]);
      expect(answered.map(refusalsOf)).toMatchObject({
        1: [NOT_THERE],
        2: [NOT_THERE],
        3: ['operation_failed: not-stored'],
      });
    });

    it('of the remote that is a path neither takes from there nor writes there', async () => {
      const far = here.attack.remoteBeside();
      mkdirSync(join(far.path, 'lfs'));
      symlinkSync(join(here.attack.place.outside, 'private'), join(far.path, 'lfs/objects'));
      here.attack.repo.write(storedAt('aaaa'), 'aaaa');

      const answered = await here.attack.everything();

      expect(here.attack.harm(answered)).toEqual([]);
      expect(refusalsOf(answered[1]!)).toEqual([NOT_THERE]);
      expect(refusalsOf(answered[3]!)).toContain('path_not_allowed: lfs/objects');
    });

    it('of the remote that is a path takes no object from there', async () => {
      const far = here.attack.remoteBeside();
      const object = join(far.path, storedAt(OUTSIDE).slice('.git/'.length));
      mkdirSync(dirname(object), { recursive: true });
      symlinkSync(here.attack.outsideFile, object);

      const answered = await here.attack.everything();

      expect(here.attack.harm(answered)).toEqual([]);
    });
  });
});
