import { type Server } from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';

export interface ListChangeListener {
  toolsChanged(): void;
  promptsChanged(): void;
  resourcesChanged(): void;
}

/** Tells every client that a list is not what it was. */
@Injectable()
export class ListChanges implements ListChangeListener {
  /** With whether it would tell anybody. */
  private readonly listeners = new Map<ListChangeListener, () => boolean>();

  /** Whether anybody would be told. */
  get listened(): boolean {
    return [...this.listeners.values()].some((isHeard) => isHeard());
  }

  /**
   * @param isHeard false while it has nobody to tell
   * @returns ends it
   */
  listen(listener: ListChangeListener, isHeard: () => boolean = () => true): () => void {
    this.listeners.set(listener, isHeard);
    return () => void this.listeners.delete(listener);
  }

  /** For a server object that stays: until it is closed, its client is told. */
  follow(server: Server): void {
    const end = this.listen({
      toolsChanged: () => told(server.sendToolListChanged()),
      promptsChanged: () => told(server.sendPromptListChanged()),
      resourcesChanged: () => told(server.sendResourceListChanged()),
    });
    const { onclose } = server;
    server.onclose = () => {
      onclose?.();
      end();
    };
  }

  toolsChanged(): void {
    for (const listener of this.listeners.keys()) listener.toolsChanged();
  }

  promptsChanged(): void {
    for (const listener of this.listeners.keys()) listener.promptsChanged();
  }

  resourcesChanged(): void {
    for (const listener of this.listeners.keys()) listener.resourcesChanged();
  }
}

/** Whoever is gone needs no news. */
function told(sent: Promise<void>): void {
  sent.catch(() => {});
}
