let lastMs = Number.NaN;
let lastText = '';

/** ISO 8601 in UTC. Many answers fall into one millisecond, and making the text costs more than the rest of a pong. */
export function isoTime(nowMs: number): string {
  if (nowMs !== lastMs) {
    lastText = new Date(nowMs).toISOString();
    lastMs = nowMs;
  }
  return lastText;
}
