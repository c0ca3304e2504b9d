/** Calls of tools that an ordinary repository with the file `file.txt` answers. */
export function toolCalls(path: string): readonly object[] {
  return [
    { name: 'git_status', arguments: { repo_path: path } },
    { name: 'git_log', arguments: { repo_path: path, max_count: 3 } },
    { name: 'git_show', arguments: { repo_path: path, revision: 'HEAD' } },
    { name: 'git_branch', arguments: { repo_path: path } },
    { name: 'git_add', arguments: { repo_path: path, files: ['file.txt'], dry_run: true } },
  ];
}

interface JsonRpc {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export const INITIALIZE: JsonRpc = {
  jsonrpc: '2.0',
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'fuzz', version: '1' } },
};

/** Requests of the 2025-11-25 era, without an id. */
export function legacyRequests(path: string): readonly JsonRpc[] {
  return [
    { jsonrpc: '2.0', method: 'ping', params: {} },
    INITIALIZE,
    { jsonrpc: '2.0', method: 'tools/list', params: {} },
    { jsonrpc: '2.0', method: 'resources/list', params: {} },
    { jsonrpc: '2.0', method: 'prompts/get', params: { name: 'commit_message', arguments: {} } },
    ...toolCalls(path).map((params): JsonRpc => ({
      jsonrpc: '2.0',
      method: 'tools/call',
      params: { ...params },
    })),
  ];
}

/** Requests of both eras that are not made above. */
export const FURTHER_REQUESTS: readonly JsonRpc[] = [
  { jsonrpc: '2.0', method: 'resources/templates/list', params: {} },
  { jsonrpc: '2.0', method: 'resources/read', params: { uri: 'git:///repo/status' } },
  { jsonrpc: '2.0', method: 'prompts/list', params: { cursor: 'eyJ9' } },
  {
    jsonrpc: '2.0',
    method: 'completion/complete',
    params: {
      ref: { type: 'ref/prompt', name: 'commit_message' },
      argument: { name: 'repo_path', value: '' },
    },
  },
];

const META = 'io.modelcontextprotocol';

/** The same request in the 2026-07-28 era: it says by itself who asks. */
export function modern({ jsonrpc, method, params }: JsonRpc): JsonRpc {
  const _meta = {
    [`${META}/protocolVersion`]: '2026-07-28',
    [`${META}/clientInfo`]: { name: 'fuzz', version: '1' },
    [`${META}/clientCapabilities`]: {},
  };
  return { jsonrpc, method, params: { ...params, _meta } };
}

/** Headers that a request of the 2026-07-28 era has beside its body. */
export function modernHeaders({ method, params }: JsonRpc): Readonly<Record<string, string>> {
  const name = params['name'] ?? params['uri'];
  return {
    'MCP-Protocol-Version': '2026-07-28',
    'Mcp-Method': method,
    ...(typeof name === 'string' && { 'Mcp-Name': name }),
  };
}
