import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { gitFailure } from '../cli/git-failure.js';
import {
  GIT_CLI,
  type GitCli,
  type GitCommand,
  type GitResult,
  type GitRunOptions,
} from '../git-cli.port.js';
import { refused } from '../refusal.js';
import { type Repository } from '../repository.js';
import { commitsOf, fileBlobs, indexBlobs, otherObjects } from './delta.js';
import { ImportStream } from './import-stream.js';
import { factsOf, factsText, type OperationFacts, type OperationRecord } from './operation-record.js';
import { keptRef, keyRef, operationRef, OPERATIONS } from './operation-refs.js';
import { type Contents } from './work-tree.reader.js';

const OUTPUT = { maxOutputBytes: 2 ** 28, rawOutput: true };
const RECORD = 'record.json';
const FACTS = 'facts.json';

/**
 * Keeps the records as commits below `refs/mcp-git`: their trees hold what was done and the contents of files, their
 * parents are the commits that an undo needs, so that git keeps all of it for as long as the ref is there.
 */
@Injectable()
export class OperationStore {
  constructor(@Inject(GIT_CLI) private readonly git: GitCli) {}

  /** Replaces the record of the same id. One process, two where a tag or the like has to be kept. */
  async write(
    repository: Repository,
    record: OperationRecord,
    facts: OperationFacts,
    contents: Contents,
    signal: AbortSignal,
  ): Promise<void> {
    const stdin = streamOf(repository, record, facts, contents);
    const command = { name: 'fast-import', options: ['--quiet', '--done', '--force'], stdin };
    await this.must(repository, command, signal);
    const others = 'delta' in facts ? [...otherObjects(facts.delta)] : [];
    if (others.length === 0) return;
    const kept = others.map((id, index) => `update ${keptRef(record.id, index)} ${id}\n`).join('');
    await this.must(repository, { name: 'update-ref', options: ['--stdin'], stdin: kept }, signal);
  }

  /** @returns newest first */
  async list(repository: Repository, signal: AbortSignal): Promise<readonly OperationRecord[]> {
    const options = ['--format=%(objectname)', '--sort=-refname'];
    const listing = { name: 'for-each-ref', options, revisions: [`${OPERATIONS}/`] };
    const ids = (await this.must(repository, listing, signal, OUTPUT)).stdout.split('\n').filter(Boolean);
    const texts = await this.read(
      repository,
      ids.map((id) => `${id}:${RECORD}`),
      signal,
    );
    return texts.flatMap((text) => (text === undefined ? [] : (recordOf(text) ?? [])));
  }

  /** @returns `undefined` where the log has no such operation */
  async facts(repository: Repository, id: string, signal: AbortSignal): Promise<OperationFacts | undefined> {
    const [text] = await this.read(repository, [`${operationRef(id)}:${FACTS}`], signal);
    return text === undefined ? undefined : factsOf(Buffer.from(text, 'latin1').toString());
  }

  /** @returns `undefined` where the log has no such operation */
  one(repository: Repository, id: string, signal: AbortSignal): Promise<OperationRecord | undefined> {
    return this.at(repository, operationRef(id), signal);
  }

  /** The record of a call that was given this key. */
  byKey(repository: Repository, digest: string, signal: AbortSignal): Promise<OperationRecord | undefined> {
    return this.at(repository, keyRef(digest), signal);
  }

  private async at(repository: Repository, ref: string, signal: AbortSignal) {
    const [text] = await this.read(repository, [`${ref}:${RECORD}`], signal);
    return text === undefined ? undefined : recordOf(text);
  }

  /** The contents of blobs, by id. @throws ServerError `operation_failed` where one is gone */
  async contents(repository: Repository, ids: readonly string[], signal: AbortSignal): Promise<Contents> {
    const texts = await this.read(repository, ids, signal);
    return new Map(
      ids.map((id, index) => {
        const text = texts[index];
        if (text === undefined) throw gone();
        return [id, Buffer.from(text, 'latin1')];
      }),
    );
  }

  async forget(
    repository: Repository,
    records: readonly OperationRecord[],
    signal: AbortSignal,
  ): Promise<void> {
    const options = ['--format=%(refname)'];
    const revisions = records.map(({ id }) => `${keptRef(id, 0).replace(/\/0$/, '')}/`);
    const kept = (await this.must(repository, { name: 'for-each-ref', options, revisions }, signal, OUTPUT))
      .stdout;
    const keys = records.flatMap(({ key }) => (key === undefined ? [] : [keyRef(key.digest)]));
    const refs = [...records.map(({ id }) => operationRef(id)), ...keys, ...kept.split('\n').filter(Boolean)];
    const stdin = refs.map((ref) => `delete ${ref}\n`).join('');
    await this.must(repository, { name: 'update-ref', options: ['--stdin'], stdin }, signal);
  }

  /** The texts of objects, one character for each byte; `undefined` for what does not exist. */
  private async read(
    repository: Repository,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly (string | undefined)[]> {
    if (names.length === 0) return [];
    const stdin = names.map((name) => `${name}\n`).join('');
    const { stdout } = await this.must(
      repository,
      { name: 'cat-file', options: ['--batch'], stdin },
      signal,
      OUTPUT,
    );
    let at = 0;
    return names.map(() => {
      const end = stdout.indexOf('\n', at);
      const size = /^[0-9a-f]+ \w+ (\d+)$/.exec(stdout.slice(at, end))?.[1];
      const start = end + 1;
      at = size === undefined ? start : start + Number(size) + 1;
      return size === undefined ? undefined : stdout.slice(start, at - 1);
    });
  }

  private async must(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
    options?: GitRunOptions,
  ): Promise<GitResult> {
    const result = await this.git.run(repository, command, signal, options);
    if (result.exitCode !== 0) throw gitFailure(command.name, result);
    return result;
  }
}

function streamOf(
  { objectFormat }: Repository,
  record: OperationRecord,
  facts: OperationFacts,
  contents: Contents,
): Buffer {
  const ref = operationRef(record.id);
  const delta = 'delta' in facts ? facts.delta : undefined;
  const stream = new ImportStream();
  const seconds = Math.floor(record.startedAt / 1_000);
  stream.commit(ref, `${record.tool} by ${record.principal}\n`, seconds, delta ? [...commitsOf(delta)] : []);
  stream.file(RECORD, Buffer.from(JSON.stringify(record)));
  stream.file(FACTS, Buffer.from(factsText(facts)));
  const needed = delta
    ? new Set([...fileBlobs(delta), ...indexBlobs(delta, objectFormat)])
    : new Set(contents.keys());
  for (const id of needed) {
    const content = contents.get(id);
    if (content === undefined) stream.blob(`blobs/${id}`, id);
    else stream.file(`blobs/${id}`, content);
  }
  if (record.key !== undefined && record.outcome === 'done') stream.ref(keyRef(record.key.digest), ref);
  return stream.end();
}

/** A record may be anybody's, or of a version to come. */
function recordOf(text: string): OperationRecord | undefined {
  try {
    const record = JSON.parse(Buffer.from(text, 'latin1').toString()) as OperationRecord;
    return record.version === 1 && /^[0-9a-z]{12}$/.test(record.id) ? record : undefined;
  } catch {
    return undefined;
  }
}

function gone(): ServerError {
  const message = 'What the operation log kept of the operation is damaged, so it cannot be taken back';
  return refused('log-damaged', message);
}
