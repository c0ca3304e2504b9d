import { createHash } from 'node:crypto';

import { type Repository } from '../../git/repository.js';
import { type Turn, turnOf } from '../../resilience/turn.js';
import { type Clock } from '../../shared/clock.js';
import { ServerError } from '../../shared/errors/index.js';
import { type KindContent } from './resource-kind.js';
import { type ResourceRead, type ResourceReads } from './resource.reads.js';
import { type ResourceAddress } from './resource-uri.js';

/** Looking takes turns with everybody else's operations. */
const OWN_TURN = turnOf(undefined, 'resource-watch');
/** Looking at a work tree may take at most this share of the time. */
const LOOKING_SHARE = 0.2;

/**
 * One resource that somebody watches. What it says is read again when the refs of its repository look different,
 * which costs a few calls of stat; the state of a work tree shows nowhere, so that is read each time.
 */
export class WatchedResource {
  readonly listeners = new Set<() => void>();
  private restUntilMs = 0;

  private constructor(
    private readonly address: ResourceAddress,
    private readonly reads: ResourceReads,
    private readonly clock: Clock,
    private seen: { repository: Repository; signature: string; digest: string },
  ) {}

  /** @returns `undefined` where the address names nothing. @throws ServerError as reading it does */
  static async open(
    address: ResourceAddress,
    reads: ResourceReads,
    clock: Clock,
    turn: Turn,
    signal: AbortSignal,
  ): Promise<WatchedResource | undefined> {
    const { repository, content } = await reads.read(address, turn, signal);
    if (!content) return undefined;
    // Taken after the content was read, so a change in between would go unseen: the first look reads it again.
    return new WatchedResource(address, reads, clock, {
      repository,
      signature: '',
      digest: digestOf(content),
    });
  }

  /** Resources of one place are looked at one after the other. */
  get place(): string {
    return this.address.repository;
  }

  /**
   * Tells the listeners if the resource differs from what it was at the last look.
   *
   * @param signatureOf how the refs of a repository look, at some time before this call
   */
  async look(signatureOf: (repository: Repository) => string, signal: AbortSignal): Promise<void> {
    const startedMs = this.clock.monotonicMs();
    if (startedMs < this.restUntilMs) return;
    const signature = signatureOf(this.seen.repository);
    const ofWorkTree = this.reads.showsWorkTree(this.address);
    if (!ofWorkTree && signature === this.seen.signature) return;
    const found = await this.find(signal);
    const tookMs = this.clock.monotonicMs() - startedMs;
    if (ofWorkTree) this.restUntilMs = startedMs + tookMs / LOOKING_SHARE;
    if (!found) return;
    const differs = found.digest !== this.seen.digest;
    this.seen = { ...found, signature };
    if (differs) for (const listener of this.listeners) listener();
  }

  /** @returns `undefined` where it cannot be told at present */
  private async find(signal: AbortSignal): Promise<{ repository: Repository; digest: string } | undefined> {
    try {
      const { repository, content } = await this.reads.read(this.address, OWN_TURN, signal);
      return { repository, digest: digestOf(content) };
    } catch (error) {
      const lasting = error instanceof ServerError && LASTING.has(error.code);
      return lasting ? { repository: this.seen.repository, digest: error.code } : undefined;
    }
  }
}

/** Failures that say something of the resource: its branch or its repository is gone, the file has grown too large. */
const LASTING: ReadonlySet<string> = new Set([
  'revision_not_found',
  'not_a_repository',
  'path_not_allowed',
  'untrusted_config',
  'operation_failed',
]);

function digestOf(content: ResourceRead['content']): string {
  return content === undefined ? 'absent' : createHash('sha256').update(bodyOf(content)).digest('hex');
}

function bodyOf(content: KindContent): string {
  return 'text' in content ? content.text : content.blob;
}
