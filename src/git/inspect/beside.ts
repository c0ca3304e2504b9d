import { setTimeout as sleep } from 'node:timers/promises';

import { anyOf } from '../../shared/cancellation.js';

/**
 * The kernel puts whoever is woken by a message on the processor of the one that sent it, which is to sleep soon: what starts
 * git would wait for what is read here. Until then git has hardly begun.
 */
const STARTED_AFTER_MS = 1;

/**
 * Starts git and finds out meanwhile what its answer is worth. Where that cannot be found, git is given up, and why it
 * cannot is the failure.
 *
 * @param ask starts git; it has ended when this settles
 */
export async function beside<Asked, Found>(
  ask: (signal: AbortSignal) => Promise<Asked>,
  find: () => Promise<Found>,
  signal: AbortSignal,
): Promise<{ readonly asked: Asked; readonly found: Found }> {
  const given = new AbortController();
  const asked = ask(anyOf(signal, given.signal));
  asked.catch(() => undefined);
  try {
    await sleep(STARTED_AFTER_MS);
    const found = await find();
    return { found, asked: await asked };
  } finally {
    given.abort();
    await asked.catch(() => undefined);
  }
}
