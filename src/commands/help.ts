import { CURES_HELP } from './operator/cures.js';

export const HELP = `mcp-git-server: git for teams of AI agents, over WebSocket and MCP

Usage
  mcp-git-server [serve] [options]   start the server
  mcp-git-server stdio [FOLDER...]   speak MCP on standard input and output, without a port, over these repositories
  mcp-git-server restart [options]   restart the server of this port: operations finish, sessions go on
  mcp-git-server config [options]    print the effective configuration with the source of each value
  mcp-git-server config --schema     print the JSON Schema of the configuration files
  mcp-git-server doctor [options]    diagnose this machine and the server: --url, --only SECTION, --json, --fix, --yes
  mcp-git-server validate FILE|-     show what strict and lenient validation say of a message, field by field
  mcp-git-server logs [FILE|-]       filter logs: --level, --component, --session, --request, --tool, --since, --until
  mcp-git-server logs analyze [FILE] top errors, spikes, slowest operations, sessions with most errors
  mcp-git-server version             print the version
  mcp-git-server help                print this text

Cures, of a running server (--url, --json; the token is read from MCP_GIT_ADMIN_TOKEN)
${CURES_HELP}

Options
  --port NUMBER        TCP port (8080)
  --host ADDRESS       address to listen on (127.0.0.1)
  --repository PATH    a repository, or a folder of them, to serve; repeatable
  --config FILE        a YAML file with settings
  --profile NAME       a preset: development, production, aggressive-cleanup, lenient-breakers, tolerant-heartbeat
  --set KEY=VALUE      any other setting, for example --set log.level=debug; repeatable

Each setting is a variable as well, for example MCP_GIT_PORT. Flags win over variables, variables over files.

Exit codes
  0 ended in order   1 could not start or failed   64 the command line is wrong   78 the configuration is wrong
  2 doctor found something questionable
`;
