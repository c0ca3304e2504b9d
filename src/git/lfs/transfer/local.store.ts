import { refused } from '../../refusal.js';
import { type Repository } from '../../repository.js';
import { isStored, readStored } from '../lfs-store.js';
import { type Content, store } from '../lfs-store.writer.js';
import { type LfsPointer } from '../pointer.js';
import { type ContentReader, type ContentSender, type FarStore } from './far-store.js';

/** What a repository of this machine has in its own store. */
export class LocalStore implements FarStore {
  constructor(private readonly repository: Repository) {}

  readers(objects: readonly LfsPointer[]): Promise<ReadonlyMap<string, ContentReader>> {
    return Promise.resolve(new Map(objects.map((object) => [object.oid, () => this.read(object)])));
  }

  senders(objects: readonly LfsPointer[]): Promise<ReadonlyMap<string, ContentSender>> {
    const lacking = objects.filter((object) => !isStored(this.repository, object));
    return Promise.resolve(
      new Map(
        lacking.map((object) => [
          object.oid,
          (open, signal) => {
            const begun = () => Promise.resolve({ stream: open(), from: 0 });
            return store(this.repository, object, begun, () => undefined, signal);
          },
        ]),
      ),
    );
  }

  has(objects: readonly LfsPointer[]): Promise<ReadonlySet<string>> {
    const stored = objects.filter((object) => isStored(this.repository, object));
    return Promise.resolve(new Set(stored.map(({ oid }) => oid)));
  }

  close(): void {
    // Nothing is held.
  }

  private read(object: LfsPointer): Promise<Content> {
    if (isStored(this.repository, object)) {
      return Promise.resolve({ stream: readStored(this.repository, object), from: 0 });
    }
    const message =
      "The other repository does not have the content in its store, lfs/objects of git's folder";
    return Promise.reject(refused('not-on-remote', message));
  }
}
