import { Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { type Repository } from '../repository.js';
import { WriteCommands } from '../writes/write-commands.service.js';
import { TagLister, type TagRecord } from './tag.lister.js';

export interface TagVerdict {
  readonly tag: TagRecord;
  readonly valid: boolean;
  readonly format: 'openpgp' | 'ssh' | 'x509' | null;
  readonly signer: string | null;
}

const FORMATS = [
  ['-----BEGIN PGP SIGNATURE-----', 'openpgp'],
  ['-----BEGIN PGP MESSAGE-----', 'openpgp'],
  ['-----BEGIN SSH SIGNATURE-----', 'ssh'],
  ['-----BEGIN SIGNED MESSAGE-----', 'x509'],
] as const;
const SIGNER = [/^\[GNUPG:\] (?:GOOD|EXP|EXPKEY|REVKEY|BAD)SIG \S+ (.*)$/m, /signature for (\S+) with/];

/** Says whether the signature of a tag is good. A program that the configuration names is what verifies it. */
@Injectable()
export class TagVerifier {
  constructor(
    private readonly commands: WriteCommands,
    private readonly lister: TagLister,
  ) {}

  /**
   * @returns `valid: false` for a tag without a signature, and for one that is bad or of an unknown key
   * @throws ServerError `revision_not_found`; `forbidden` with `details.reason: 'untrusted'` where a signature would
   *   have to be verified and the operator does not trust the repository
   */
  async verify(repository: Repository, name: string, signal: AbortSignal): Promise<TagVerdict> {
    const tag = await this.named(repository, name, signal);
    if (!tag.signed) return { tag, valid: false, format: null, signer: null };
    if (repository.trust !== 'trusted') {
      const message =
        'A program that the configuration names would verify the signature; the operator has to trust the repository first';
      throw new ServerError('forbidden', message, { details: { reason: 'untrusted' } });
    }
    const object = { name: 'cat-file', options: ['-p'], revisions: [tag.object] };
    const { stdout } = await this.commands.must(repository, object, signal);
    const format = FORMATS.find(([begin]) => stdout.includes(begin))?.[1] ?? null;
    const command = { name: 'verify-tag', options: ['--raw'], revisions: [`refs/tags/${name}`] };
    const result = await this.commands.run(repository, command, signal);
    const signer = SIGNER.map((pattern) => pattern.exec(result.stderr)?.[1]).find(Boolean) ?? null;
    return { tag, valid: result.exitCode === 0, format, signer };
  }

  private async named(repository: Repository, name: string, signal: AbortSignal): Promise<TagRecord> {
    const found = await this.lister.find(repository, { pattern: literal(name), order: 'name' }, signal);
    const tag = found.find((one) => one.name === name);
    if (tag) return tag;
    throw new ServerError('revision_not_found', 'There is no tag of that name; list them with git_tag', {
      details: { revision: name },
    });
  }
}

function literal(name: string): string {
  return name.replaceAll(/[*?[\\]/g, String.raw`\$&`);
}
