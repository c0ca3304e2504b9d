import { Injectable, Logger } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { scrubText } from '../../observability/log/scrub.js';
import { tracedOwner } from '../../observability/operation-trace.js';
import { ServerError } from '../../shared/errors/index.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { type Trial } from '../writes/trial-index.service.js';
import { BlobReader } from './blob.reader.js';
import { type SecretPlace, secretsIn } from './secret-rules.js';

/** What a file is about to become. */
export interface NewContent {
  readonly path: string;
  /** Of the blob. */
  readonly id: string;
  /** A commit that has it, where it is in one. */
  readonly commit?: string;
}

/** A type for `details` of errors, which hold plain JSON. */
export type FoundSecret = {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly commit?: string;
};

/** Names of blobs that are no news to whoever gets the content: what they hold already is not found again. */
type Known = (found: readonly NewContent[]) => readonly string[];

export interface NewContents {
  readonly files: readonly NewContent[];
  readonly known?: Known;
  /** What is no blob, by the name under which it is reported. */
  readonly texts?: ReadonlyMap<string, string>;
  /** Where the files are staged on trial only. */
  readonly trial?: Trial;
}

const MAX_NAMED = 20;

/** Finds secrets before they get where they cannot be taken back from. */
@Injectable()
export class SecretScan {
  private readonly logger = new Logger(SecretScan.name);

  constructor(
    private readonly blobs: BlobReader,
    private readonly config: GitConfig,
  ) {}

  get enabled(): boolean {
    return this.config.secretScan.enabled;
  }

  /**
   * @param allowed why secrets may pass; it is logged with what was found
   * @throws ServerError `operation_failed` with `details: {reason: 'secrets-found', findings, total}`: file, line and rule
   */
  async requireNone(
    repository: Repository,
    contents: NewContents,
    allowed: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (!this.enabled) return;
    const found = [
      ...(await this.inBlobs(repository, contents, signal)),
      ...(await this.inTexts(contents.texts ?? new Map(), signal)),
    ];
    if (found.length === 0) return;
    if (allowed === undefined) throw refusal(found);
    this.logger.warn('Secrets let through, as the caller asked for', {
      session_id: tracedOwner(),
      reason: scrubText(allowed),
      repository: repository.path,
      total: found.length,
      findings: found.slice(0, MAX_NAMED),
    });
  }

  private async inBlobs(
    repository: Repository,
    { files, known, trial }: NewContents,
    signal: AbortSignal,
  ): Promise<readonly FoundSecret[]> {
    const { maxBytes } = this.config.secretScan;
    const ids = files.map(({ id }) => id);
    const { texts, tooMany } = await this.blobs.texts(repository, ids, maxBytes, signal, trial);
    if (tooMany > 0)
      this.logger.warn('Files left out by the secret scan', { files: tooMany, max_bytes: maxBytes });
    const suspects: { content: NewContent; text: string; places: readonly SecretPlace[] }[] = [];
    for (const content of files) {
      const text = texts.get(content.id) ?? '';
      const places = await secretsIn(text, content.path, signal);
      if (places.length > 0) suspects.push({ content, text, places });
    }
    if (suspects.length === 0) return [];
    const before = known?.(suspects.map(({ content }) => content)) ?? [];
    const olds = [...(await this.blobs.texts(repository, before, maxBytes, signal)).texts.values()];
    return suspects.flatMap(({ content: { path, commit }, text, places }) =>
      places
        .filter(({ start, end }) => !olds.some((old) => old.includes(text.slice(start, end))))
        .map(({ line, rule }) => ({ path, line, rule, ...(commit !== undefined && { commit }) })),
    );
  }

  private async inTexts(
    texts: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): Promise<readonly FoundSecret[]> {
    const found: FoundSecret[] = [];
    for (const [path, text] of texts) {
      for (const { line, rule } of await secretsIn(text, path, signal)) found.push({ path, line, rule });
    }
    return found;
  }
}

function refusal(found: readonly FoundSecret[]): ServerError {
  const message =
    'There are secrets in what is new; details name file, line and rule. Take them out of the content and of the commits, or give allow_secrets with the reason why they may pass';
  return refused('secrets-found', message, { findings: found.slice(0, MAX_NAMED), total: found.length });
}
