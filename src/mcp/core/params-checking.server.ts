import {
  type JSONRPCRequest,
  ProtocolError,
  ProtocolErrorCode,
  type Result,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';

type Handler = (request: JSONRPCRequest, context: ServerContext) => Promise<Result>;

/** What the SDK's schemas say of one value. */
interface SchemaIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * The SDK's server, but for one thing: params that do not fit the method's schema are the caller's mistake and answered
 * as such. The SDK throws its schema's issues as a plain error, which would be answered as a fault of the server's.
 */
export class ParamsCheckingServer extends Server {
  protected override _wrapHandler(method: string, handler: Handler): Handler {
    return super._wrapHandler(method, async (request, context) => {
      try {
        return await handler(request, context);
      } catch (thrown) {
        const issues = issuesOf(thrown);
        if (issues === undefined) throw thrown;
        const faults = issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
        const text = `Invalid params for ${method}: ${faults.join('; ')}`;
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, text);
      }
    });
  }
}

/** @returns nothing for any error that is not a list of issues and nothing else */
function issuesOf(thrown: unknown): readonly SchemaIssue[] | undefined {
  if (!(thrown instanceof Error) || thrown.constructor !== Error || !thrown.message.startsWith('['))
    return undefined;
  try {
    const issues = JSON.parse(thrown.message) as Partial<SchemaIssue>[];
    const areIssues = issues.every(({ path, message }) => Array.isArray(path) && typeof message === 'string');
    return areIssues ? (issues as SchemaIssue[]) : undefined;
  } catch {
    return undefined;
  }
}
