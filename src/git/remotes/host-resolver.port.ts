/** Finds the addresses of a host. A port, so that tests need no name server. */
export interface HostResolver {
  /**
   * @returns all addresses as text, at least one
   * @throws ServerError `network_timeout` where the name cannot be resolved, `operation_cancelled`
   */
  resolve(host: string, signal: AbortSignal): Promise<readonly string[]>;
}

export const HOST_RESOLVER = Symbol('HostResolver');
