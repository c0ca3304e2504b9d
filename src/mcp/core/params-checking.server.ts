import {
  type BaseContext,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type MessageExtraInfo,
  ProtocolError,
  ProtocolErrorCode,
  type Result,
  Server,
  type ServerContext,
  type Transport,
} from '@modelcontextprotocol/server';

import { joined } from '../../shared/joined.js';
import { isRequest } from './message-kinds.js';

type Receive = (message: JSONRPCMessage, extra?: MessageExtraInfo) => void;

type Handler = (request: JSONRPCRequest, context: ServerContext) => Promise<Result>;

type Added = Pick<ServerContext['mcpReq'], 'log' | 'elicitInput' | 'requestSampling'>;

/** What the SDK's schemas say of one value. */
interface SchemaIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * The SDK's server, but for three things. Params that do not fit the method's schema are the caller's mistake and answered
 * as such: the SDK throws its schema's issues as a plain error, which would be answered as a fault of the server's. A
 * request is not asked first whether it is an answer. And what hardly anybody takes from a request's context is not made first.
 */
export class ParamsCheckingServer extends Server {
  override async connect(transport: Transport): Promise<void> {
    await super.connect(transport);
    leadRequests(this, transport);
  }

  /**
   * With what the SDK adds to a context made when somebody asks for it: hardly a handler does, and it is made by literals
   * that add to what they spread (see `joined`). Of a request over HTTP the SDK adds more.
   */
  protected override buildContext(context: BaseContext, info?: MessageExtraInfo): ServerContext {
    const whole = () => super.buildContext(context, info);
    if (context.http !== undefined || hasRequest(info)) return whole();
    const added: Added = {
      log: (...args) => whole().mcpReq.log(...args),
      elicitInput: (...args) => whole().mcpReq.elicitInput(...args),
      requestSampling: ((...args: Parameters<Added['requestSampling']>) =>
        whole().mcpReq.requestSampling(...args)) as Added['requestSampling'],
    };
    return joined(context, { mcpReq: joined(context.mcpReq, added) });
  }

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

/**
 * Hands requests straight to what serves them. Each door has checked its messages by then; the SDK's receiver would hold each
 * against the schemas of both kinds of answers, as long as a ping takes altogether. The method is the SDK's private one: where
 * a later version has none of that name, nothing is changed.
 */
function leadRequests(server: object, transport: Transport): void {
  const { _onrequest: serve } = server as { _onrequest?: unknown };
  const receive = transport.onmessage as Receive | undefined;
  if (typeof serve !== 'function' || receive === undefined) return;
  transport.onmessage = (message: JSONRPCMessage, extra?: MessageExtraInfo) => {
    if (isRequest(message)) serve.call(server, message, extra);
    else receive(message, extra);
  };
}

function hasRequest(info: MessageExtraInfo | undefined): boolean {
  return (info?.request ?? info?.closeSSEStream ?? info?.closeStandaloneSSEStream) !== undefined;
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
