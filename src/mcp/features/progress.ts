import { type ServerContext } from '@modelcontextprotocol/server';

import { type ProgressReport } from '../../tools/tool.js';

/** Sends reports to a client that gave a progress token. */
export function progressTo({ mcpReq }: ServerContext): (report: ProgressReport) => void {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => {};
  let last = Number.NEGATIVE_INFINITY;
  return ({ current, total, message }) => {
    // The protocol wants each report to be greater than the one before it.
    if (current <= last) return;
    last = current;
    const params = {
      progressToken,
      progress: current,
      ...(total !== undefined && { total }),
      ...(message !== undefined && { message }),
    };
    // A report that no longer reaches anybody is no failure of the call.
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {});
  };
}
