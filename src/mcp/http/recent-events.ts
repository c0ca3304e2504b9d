import { type EventStore, type JSONRPCMessage } from '@modelcontextprotocol/server';

interface StoredEvent {
  readonly streamId: string;
  readonly message: JSONRPCMessage;
  readonly bytes: number;
}

const MAX_EVENTS = 128;
/** There may be a thousand sessions. */
const MAX_BYTES = 2 ** 18;

/**
 * The latest messages of one session, so that a client whose stream broke is sent what it missed. Bounded: what is
 * older, or larger than all of the room, is gone; a client that asks for it is told so.
 */
export class RecentEvents implements EventStore {
  private readonly events = new Map<string, StoredEvent>();
  private bytes = 0;
  private last = 0;

  storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    this.last += 1;
    const id = `${this.last}`;
    const bytes = JSON.stringify(message).length;
    if (bytes <= MAX_BYTES) {
      this.events.set(id, { streamId, message, bytes });
      this.bytes += bytes;
      this.makeRoom();
    }
    return Promise.resolve(id);
  }

  getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    return Promise.resolve(this.events.get(eventId)?.streamId);
  }

  async replayEventsAfter(
    lastEventId: string,
    { send }: { send: (eventId: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const streamId = this.events.get(lastEventId)?.streamId ?? '';
    for (const [id, event] of this.events) {
      if (event.streamId === streamId && Number(id) > Number(lastEventId)) await send(id, event.message);
    }
    return streamId;
  }

  private makeRoom(): void {
    for (const [id, { bytes }] of this.events) {
      if (this.events.size <= MAX_EVENTS && this.bytes <= MAX_BYTES) return;
      this.events.delete(id);
      this.bytes -= bytes;
    }
  }
}
