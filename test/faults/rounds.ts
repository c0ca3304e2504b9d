/** How often each fault is provoked: a few times with the other tests, 20 times by `npm run test:faults`. */
export const ROUNDS = Number(process.env['FAULT_ROUNDS'] ?? 2);
export const isLong = ROUNDS >= 10;
