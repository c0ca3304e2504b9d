import { findPortHolder } from './port-holder.js';

/** @returns one line: what kept the server from listening, and the way out */
export async function describeListenFailure(error: unknown, host: string, port: number): Promise<string> {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EADDRINUSE': {
      const holder = await findPortHolder(port);
      const who = holder
        ? `${holder.command} (process ${holder.pid})`
        : 'a process that this user is not allowed to see';
      const other = port < 65_535 ? port + 1 : port - 1;
      return `port ${port} on ${host} is held by ${who}; end it or take another port: MCP_GIT_PORT=${other}`;
    }
    case 'EACCES':
      return `port ${port} may not be opened by this user; take one above 1023: MCP_GIT_PORT=8080`;
    case 'EADDRNOTAVAIL':
      return `${host} is not an address of this machine; set MCP_GIT_HOST=127.0.0.1 or one that ip addr lists`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name ${host} cannot be resolved; set MCP_GIT_HOST to an address of this machine`;
    default:
      return `the server could not start: ${message}`;
  }
}
