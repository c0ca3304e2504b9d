import { type FromServer, type ToServer } from './supervision.messages.js';

/** The supervisor as the server sees it; without one, everything here does nothing. */
export const supervisor = {
  get present(): boolean {
    return process.send !== undefined && process.connected;
  },

  /** It is gone already, and no event will tell. */
  get gone(): boolean {
    return process.send !== undefined && !process.connected;
  },

  tell(message: FromServer): void {
    if (supervisor.present) process.send?.(message, undefined, undefined, () => undefined);
  },

  /** @param drain before a restart @param orphaned the supervisor is gone, and nobody would start the next server */
  listen({ drain, orphaned }: { readonly drain: () => void; readonly orphaned: () => void }): void {
    if (!supervisor.present) return;
    process.on('message', ({ kind }: ToServer) => {
      if (kind === 'drain') drain();
    });
    process.on('disconnect', orphaned);
  },
};
