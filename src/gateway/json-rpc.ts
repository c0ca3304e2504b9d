/** Whether a message belongs to MCP. An own field only: what a prototype offers is not what the client sent. */
export function isJsonRpc(message: unknown): boolean {
  return isObject(message) && Object.hasOwn(message, 'jsonrpc') && message['jsonrpc'] === '2.0';
}

/** @returns null where there is no id that an answer could carry */
export function jsonRpcIdOf(message: unknown): string | number | null {
  if (!isObject(message) || !Object.hasOwn(message, 'id')) return null;
  const { id } = message;
  return typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id)) ? id : null;
}

function isObject(message: unknown): message is Record<string, unknown> {
  return typeof message === 'object' && message !== null && !Array.isArray(message);
}
