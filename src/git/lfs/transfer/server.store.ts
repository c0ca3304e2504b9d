import { type Readable } from 'node:stream';

import { ServerError } from '../../../shared/errors/index.js';
import { refused } from '../../refusal.js';
import { type RemoteCircuits } from '../../remotes/remote-circuits.service.js';
import { type Content } from '../lfs-store.writer.js';
import { type LfsPointer } from '../pointer.js';
import { type LfsAnswer } from './batch-answer.js';
import { BatchLinks, type Told } from './batch-links.js';
import { type ContentReader, type ContentSender, type FarStore } from './far-store.js';
import { type BatchRequest, type LfsOperation, type LfsServer } from './lfs-server.js';

/** The LFS server of a remote, as it is to be asked for one thing or the other. Close it. */
export interface LfsServers {
  for(operation: LfsOperation, signal: AbortSignal): Promise<LfsServer>;
  close(): void;
}

/** What an LFS server has. */
export class ServerStore implements FarStore {
  constructor(
    private readonly servers: LfsServers,
    private readonly circuits: RemoteCircuits,
  ) {}

  async readers(
    objects: readonly LfsPointer[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ContentReader>> {
    const links = await this.links({ operation: 'download', objects }, signal);
    return new Map(
      objects.map(({ oid }) => [
        oid,
        (aborted, from) => links.use(({ server, answers }) => read(server, answers.get(oid), from, aborted)),
      ]),
    );
  }

  async senders(
    objects: readonly LfsPointer[],
    ref: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ContentSender>> {
    const links = await this.links({ operation: 'upload', objects, ref }, signal);
    const { answers } = await links.current();
    const wanted = objects.filter(({ oid }) => !isThere(answers.get(oid)));
    return new Map(
      wanted.map((object) => [
        object.oid,
        (open, aborted) =>
          links.use(({ server, answers }) =>
            send(server, { object, open, answer: answers.get(object.oid) }, aborted),
          ),
      ]),
    );
  }

  async has(objects: readonly LfsPointer[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const { answers } = await this.ask({ operation: 'download', objects }, signal);
    return new Set([...answers].flatMap(([oid, { download }]) => (download ? [oid] : [])));
  }

  close(): void {
    this.servers.close();
  }

  private async links(request: BatchRequest, signal: AbortSignal): Promise<BatchLinks> {
    const links = new BatchLinks(() => this.ask(request, signal));
    await links.current();
    return links;
  }

  private async ask(request: BatchRequest, signal: AbortSignal): Promise<Told> {
    const server = await this.servers.for(request.operation, signal);
    const { host, protocol } = server.at;
    const answers = await this.circuits.run({ host, access: { protocol } }, () =>
      server.batch(request, signal),
    );
    return { server, answers };
  }
}

async function read(
  server: LfsServer,
  answer: LfsAnswer | undefined,
  from: number,
  signal: AbortSignal,
): Promise<Content> {
  if (answer?.download !== undefined) return server.download(answer.download, from, signal);
  const message =
    'The LFS server does not give the content; whoever committed the pointer may not have pushed it';
  throw refusedObject('not-on-remote', message, answer);
}

interface Sending {
  readonly object: LfsPointer;
  readonly open: () => Readable;
  readonly answer: LfsAnswer | undefined;
}

async function send(
  server: LfsServer,
  { object, open, answer }: Sending,
  signal: AbortSignal,
): Promise<void> {
  // Where a link had to be renewed, the content may have come before.
  if (isThere(answer)) return;
  if (answer?.upload === undefined) {
    throw refusedObject('not-taken', 'The LFS server does not take the content', answer);
  }
  await server.upload(answer.upload, open(), object.size, signal);
  if (answer.verify !== undefined) await server.verify(answer.verify, object, signal);
}

/** A server says of what it has that nothing has to be done. */
function isThere(answer: LfsAnswer | undefined): boolean {
  return answer !== undefined && answer.upload === undefined && answer.errorCode === undefined;
}

function refusedObject(reason: string, message: string, answer: LfsAnswer | undefined): ServerError {
  const status = answer?.errorCode;
  return refused(reason, message, { ...(status !== undefined && { status }) });
}
