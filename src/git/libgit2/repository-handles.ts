import { RepositoryHandle } from './repository-handle.js';
import { type RepositoryPlace } from './worker.protocol.js';

interface Kept {
  readonly signature: string;
  readonly handle: RepositoryHandle;
  readonly openedAt: number;
}

/** The repositories that a worker has open: the least recently used one makes room for the next. */
export class RepositoryHandles {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly max = 16) {}

  /** Of those that are open, in milliseconds since 1970. */
  get openedAt(): readonly number[] {
    return Array.from(this.kept.values(), ({ openedAt }) => openedAt);
  }

  async get(place: RepositoryPlace): Promise<RepositoryHandle> {
    const key = `${place.gitDir}\0${place.path}\0${place.bare}`;
    const signature = RepositoryHandle.signature(place);
    const known = this.kept.get(key);
    this.kept.delete(key);
    if (known?.signature === signature) {
      this.kept.set(key, known);
      return known.handle;
    }
    known?.handle.close();
    const handle = await RepositoryHandle.open(place);
    this.kept.set(key, { signature, handle, openedAt: Date.now() });
    this.evict();
    return handle;
  }

  private evict(): void {
    for (const [key, { handle }] of this.kept) {
      if (this.kept.size <= this.max) return;
      this.kept.delete(key);
      handle.close();
    }
  }
}
