import { type Readable } from 'node:stream';

import { ServerError } from '../../../shared/errors/index.js';
import { refused } from '../../refusal.js';
import { type RemoteCircuits } from '../../remotes/remote-circuits.service.js';
import { type ApprovedHttp } from '../../remotes/remote-access.js';
import { type RemotePolicy } from '../../remotes/remote-policy.service.js';
import { type Content } from '../lfs-store.writer.js';
import { type LfsPointer } from '../pointer.js';
import { type LfsAnswer } from './batch-answer.js';
import { type ContentReader, type ContentSender, type FarStore } from './far-store.js';
import { type BatchRequest, type LfsCredential, LfsServer } from './lfs-server.js';

/** What an LFS server has. */
export class ServerStore implements FarStore {
  private readonly server: LfsServer;

  constructor(
    private readonly at: ApprovedHttp,
    credential: LfsCredential | undefined,
    policy: RemotePolicy,
    private readonly circuits: RemoteCircuits,
  ) {
    this.server = new LfsServer(at, credential, policy);
  }

  async readers(
    objects: readonly LfsPointer[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ContentReader>> {
    const answers = await this.ask({ operation: 'download', objects }, signal);
    return new Map(
      objects.map(({ oid }) => [oid, (aborted, from) => this.read(answers.get(oid), from, aborted)]),
    );
  }

  async senders(
    objects: readonly LfsPointer[],
    ref: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ContentSender>> {
    const answers = await this.ask({ operation: 'upload', objects, ref }, signal);
    const wanted = objects.filter(({ oid }) => !isThere(answers.get(oid)));
    return new Map(
      wanted.map((object) => [
        object.oid,
        (content, aborted) => this.send(object, content, answers.get(object.oid), aborted),
      ]),
    );
  }

  async has(objects: readonly LfsPointer[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const answers = await this.ask({ operation: 'download', objects }, signal);
    return new Set([...answers].flatMap(([oid, { download }]) => (download ? [oid] : [])));
  }

  close(): void {
    this.server.close();
  }

  private async read(answer: LfsAnswer | undefined, from: number, signal: AbortSignal): Promise<Content> {
    if (answer?.download !== undefined) return this.server.download(answer.download, from, signal);
    const message =
      'The LFS server does not give the content; whoever committed the pointer may not have pushed it';
    throw refusedObject('not-on-remote', message, answer);
  }

  private async send(
    object: LfsPointer,
    content: Readable,
    answer: LfsAnswer | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (answer?.upload === undefined) {
      content.destroy();
      throw refusedObject('not-taken', 'The LFS server does not take the content', answer);
    }
    await this.server.upload(answer.upload, content, object.size, signal);
    if (answer.verify !== undefined) await this.server.verify(answer.verify, object, signal);
  }

  private ask(request: BatchRequest, signal: AbortSignal): Promise<ReadonlyMap<string, LfsAnswer>> {
    const { host, protocol } = this.at;
    return this.circuits.run({ host, access: { protocol } }, () => this.server.batch(request, signal));
  }
}

/** A server says of what it has that nothing has to be done. */
function isThere(answer: LfsAnswer | undefined): boolean {
  return answer !== undefined && answer.upload === undefined && answer.errorCode === undefined;
}

function refusedObject(reason: string, message: string, answer: LfsAnswer | undefined): ServerError {
  const status = answer?.errorCode;
  return refused(reason, message, { ...(status !== undefined && { status }) });
}
