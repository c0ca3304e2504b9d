import { type Readable } from 'node:stream';

import { type Content } from '../lfs-store.writer.js';
import { type LfsPointer } from '../pointer.js';

/**
 * @param signal that of the work on this object
 * @param from the byte that is wanted first; the content may come from the first of all
 */
export type ContentReader = (signal: AbortSignal, from: number) => Promise<Content>;

/** @param open begins the content at its first byte; may be asked twice, where the first sending was refused */
export type ContentSender = (open: () => Readable, signal: AbortSignal) => Promise<void>;

/** The other end of a transfer: an LFS server, or the store of a repository of this machine. Close it. */
export interface FarStore {
  /**
   * @param objects a hundred or so at once
   * @returns by id how the content is read; reading throws a ServerError where there is none, and what it brings may be anything
   * @throws ServerError where nobody can be asked
   */
  readers(objects: readonly LfsPointer[], signal: AbortSignal): Promise<ReadonlyMap<string, ContentReader>>;
  /**
   * @param ref full name of the branch there that the objects are of
   * @returns by id how the content is sent; none for what it has
   * @throws ServerError as `readers`
   */
  senders(
    objects: readonly LfsPointer[],
    ref: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ContentSender>>;
  /** @returns the ids of those that it gives to whoever asks */
  has(objects: readonly LfsPointer[], signal: AbortSignal): Promise<ReadonlySet<string>>;
  close(): void;
}
