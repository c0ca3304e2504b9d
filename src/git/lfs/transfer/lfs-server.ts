import { type IncomingMessage } from 'node:http';
import { type Readable } from 'node:stream';

import { HttpConnections, type HttpQuestion } from '../../remotes/http-connections.js';
import { httpFailure } from '../../remotes/http-failure.js';
import { type ApprovedHttp } from '../../remotes/remote-access.js';
import { type RemotePolicy } from '../../remotes/remote-policy.service.js';
import { parseHttpUrl } from '../../remotes/remote-url.js';
import { type Content } from '../lfs-store.writer.js';
import { type LfsPointer } from '../pointer.js';
import { badAnswer, type LfsAction, type LfsAnswer, parseBatchAnswer } from './batch-answer.js';
import { lfsRefusal } from './lfs-refusal.js';

export interface BatchRequest {
  readonly operation: 'download' | 'upload';
  readonly objects: readonly LfsPointer[];
  /** Full name of the branch that the objects are of. */
  readonly ref?: string;
}

export type LfsOperation = BatchRequest['operation'];

const JSON_TYPE = 'application/vnd.git-lfs+json';
const MAX_ANSWER_BYTES = 4 * 2 ** 20;

/**
 * One LFS server, for the time of one transfer. Where it leads for an object is held to the policy of remotes as it is
 * itself, and is shown no credential of ours unless that is itself. Close it.
 */
export class LfsServer {
  private readonly connections = new HttpConnections();
  private readonly approved = new Map<string, Promise<ApprovedHttp>>();

  /**
   * @param at where `lfsEndpoint` says that it is, or who knows it
   * @param shown the headers that say who asks, in lower case
   */
  constructor(
    readonly at: ApprovedHttp,
    private readonly shown: HttpQuestion['headers'],
    private readonly policy: RemotePolicy,
  ) {}

  /**
   * Asks how objects are transferred, of a hundred or so at once.
   *
   * @returns by id; an object may be missing
   * @throws ServerError as `HttpConnections.ask` and `lfsRefusal`; `operation_failed` with `details.reason: 'bad-answer'`
   */
  async batch(
    { operation, objects, ref }: BatchRequest,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, LfsAnswer>> {
    const message = {
      operation,
      transfers: ['basic'],
      ...(ref !== undefined && { ref: { name: ref } }),
      objects: objects.map(({ oid, size }) => ({ oid, size })),
    };
    const at = { ...this.at, path: `${this.at.path}/objects/batch` };
    const { headers, ...question } = json(message);
    const answer = await this.send(at, { ...question, headers: { ...headers, ...this.shown } }, signal);
    return parseBatchAnswer(await textOf(answer), objects);
  }

  /**
   * @param from the byte that is wanted first
   * @returns the content, which has to be read or destroyed and may be anything: from there on, or from its first byte
   */
  async download(action: LfsAction, from: number, signal: AbortSignal): Promise<Content> {
    const range = from === 0 ? {} : { range: `bytes=${from}-` };
    const headers = { 'accept-encoding': 'identity', ...range };
    const stream = await this.follow(action, { method: 'GET', headers }, signal);
    return { stream, from: stream.statusCode === 206 ? firstByte(stream) : 0 };
  }

  async upload(action: LfsAction, content: Readable, size: number, signal: AbortSignal): Promise<void> {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) };
    (await this.follow(action, { method: 'PUT', headers, body: content }, signal)).resume();
  }

  async verify(action: LfsAction, { oid, size }: LfsPointer, signal: AbortSignal): Promise<void> {
    (await this.follow(action, json({ oid, size }), signal)).resume();
  }

  close(): void {
    this.connections.close();
  }

  private async follow(
    action: LfsAction,
    question: HttpQuestion,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const at = await this.approve(action.href, signal);
    const isOurs = isSameOrigin(at, this.at) && !action.authenticated;
    const headers = { ...question.headers, ...(isOurs && this.shown), ...action.header };
    return this.send(at, { ...question, headers }, signal);
  }

  private async send(
    at: ApprovedHttp,
    question: HttpQuestion,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const headers = { 'user-agent': 'mcp-git-server', ...question.headers };
    const answer = await this.connections.ask(at, { ...question, headers }, signal);
    const { statusCode = 0 } = answer;
    if (statusCode < 200 || statusCode > 299) throw lfsRefusal(answer);
    return answer;
  }

  // Many objects lie with one host, which is looked up once.
  private async approve(href: string, signal: AbortSignal): Promise<ApprovedHttp> {
    const { path } = parseHttpUrl(href);
    const origin = href.split('/', 3).join('/');
    const approved = this.approved.get(origin) ?? this.policy.approveHttp(href, signal);
    this.approved.set(origin, approved);
    return { ...(await approved), path };
  }
}

function json(message: object): HttpQuestion {
  return {
    method: 'POST',
    headers: { accept: JSON_TYPE, 'content-type': JSON_TYPE },
    body: Buffer.from(JSON.stringify(message)),
  };
}

/** Of an answer that is a part; one that does not say which part is taken for the whole, and found to be wrong. */
function firstByte({ headers }: IncomingMessage): number {
  return Number(/^bytes (\d{1,15})-/.exec(headers['content-range'] ?? '')?.[1] ?? 0);
}

function isSameOrigin(one: ApprovedHttp, other: ApprovedHttp): boolean {
  return one.protocol === other.protocol && one.host === other.host && one.port === other.port;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) throw badAnswer();
      chunks.push(chunk);
    }
  } catch (error) {
    throw httpFailure(error);
  }
  return Buffer.concat(chunks).toString();
}
