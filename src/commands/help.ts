export const HELP = `mcp-git-server: git for teams of AI agents, over WebSocket and MCP

Usage
  mcp-git-server [serve] [options]   start the server
  mcp-git-server stdio [FOLDER...]   speak MCP on standard input and output, without a port, over these repositories
  mcp-git-server config [options]    print the effective configuration with the source of each value
  mcp-git-server config --schema     print the JSON Schema of the configuration files
  mcp-git-server version             print the version
  mcp-git-server help                print this text

Options
  --port NUMBER        TCP port (8080)
  --host ADDRESS       address to listen on (127.0.0.1)
  --repository PATH    a repository, or a folder of them, to serve; repeatable
  --config FILE        a YAML file with settings
  --profile NAME       a preset: development or production
  --set KEY=VALUE      any other setting, for example --set log.level=debug; repeatable

Each setting is a variable as well, for example MCP_GIT_PORT. Flags win over variables, variables over files.

Exit codes
  0 ended in order   1 could not start or failed   64 the command line is wrong   78 the configuration is wrong
`;
