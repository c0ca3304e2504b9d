import { type BigIntStats, statSync } from 'node:fs';

/** A file written this recently may be written again without its times showing it: the clock of files is coarse. */
const SETTLED_MS = 100;

/** What changes when a file does; `absent` where there is none. */
export function statSignature(path: string): {
  readonly text: string;
  readonly settled: (nowMs: number) => boolean;
} {
  const stat = statOf(path);
  if (!stat) return { text: 'absent', settled: () => true };
  const { dev, ino, size, mtimeNs, ctimeNs } = stat;
  return {
    text: [dev, ino, size, mtimeNs, ctimeNs].join(':'),
    settled: (nowMs) => nowMs - Number(ctimeNs / 1_000_000n) > SETTLED_MS,
  };
}

// What may not be looked at is as good as absent: whoever needs it says so.
function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
