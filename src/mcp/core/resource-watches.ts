import { ServerError } from '../../shared/errors/index.js';
import { type ResourceCatalog, type ResourceReader } from '../resources/resource.js';

type End = () => void;

/** Resources that one peer is told about when they change. Its owner ends it. */
export class ResourceWatches {
  /** By URI; the promise stands for a watch that is being set up. */
  private readonly ends = new Map<string, Promise<End>>();
  private over = false;

  constructor(
    private readonly catalog: ResourceCatalog,
    private readonly max: number,
    private readonly changed: (uri: string) => void,
  ) {}

  /**
   * Watching twice changes nothing.
   *
   * @throws ServerError `temporary_resource_unavailable` above the most that may be watched, and what the catalog throws
   */
  async add(uri: string, reader: ResourceReader): Promise<void> {
    if (this.over) return;
    const current = this.ends.get(uri);
    if (current !== undefined) return void (await current);
    if (this.ends.size >= this.max) throw tooMany();
    const end = watch(this.catalog, uri, reader, () => this.changed(uri));
    this.ends.set(uri, end);
    try {
      await end;
    } catch (error) {
      // It may have been removed and added again meanwhile.
      if (this.ends.get(uri) === end) this.ends.delete(uri);
      throw error;
    }
  }

  remove(uri: string): void {
    const end = this.ends.get(uri);
    this.ends.delete(uri);
    if (end !== undefined) conclude(end);
  }

  /** Ends all of them; nothing can be added any more. */
  close(): void {
    this.over = true;
    for (const end of this.ends.values()) conclude(end);
    this.ends.clear();
  }
}

async function watch(
  catalog: ResourceCatalog,
  uri: string,
  reader: ResourceReader,
  changed: () => void,
): Promise<End> {
  // What is no URI of this server cannot change here; a client may subscribe to it and hears nothing.
  return uri.startsWith('git:') ? catalog.watch(uri, reader, changed) : () => {};
}

function conclude(end: Promise<End>): void {
  // A watch that could not be set up has told whoever asked for it.
  end.then((stop) => stop()).catch(() => {});
}

function tooMany(): ServerError {
  const message = 'too many resources are subscribed to; unsubscribe one, or raise mcp.maxSubscriptions';
  return new ServerError('temporary_resource_unavailable', message);
}
