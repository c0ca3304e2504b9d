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
  private readonly listeners = new Set<ListChangeListener>();

  /** Whether anybody would be told. */
  get listened(): boolean {
    return this.listeners.size > 0;
  }

  /** @returns ends it */
  listen(listener: ListChangeListener): () => void {
    this.listeners.add(listener);
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
    for (const listener of this.listeners) listener.toolsChanged();
  }

  promptsChanged(): void {
    for (const listener of this.listeners) listener.promptsChanged();
  }

  resourcesChanged(): void {
    for (const listener of this.listeners) listener.resourcesChanged();
  }
}

/** Whoever is gone needs no news. */
function told(sent: Promise<void>): void {
  sent.catch(() => {});
}
