import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 10;

/**
 * Waits for something rare (a drain, the end of a session), where looking now and then is cheaper than being told.
 *
 * @returns whether it came true within `timeoutMs`, rounded up to 10 ms
 */
export async function until(isTrue: () => boolean, timeoutMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < timeoutMs && !isTrue(); waitedMs += LOOK_EVERY_MS)
    await delay(LOOK_EVERY_MS);
  return isTrue();
}
