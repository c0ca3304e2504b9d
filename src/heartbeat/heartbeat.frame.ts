let sent = 0;

/** The question that goes to sessions with the `heartbeat` capability; a `heartbeat_ack` with its id answers it. */
export function heartbeatFrame(nowMs: number): string {
  sent = (sent + 1) % Number.MAX_SAFE_INTEGER;
  return `{"type":"heartbeat","id":"hb_${sent}","timestamp":"${new Date(nowMs).toISOString()}"}`;
}
