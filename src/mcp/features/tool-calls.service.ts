import {
  type CallToolResult,
  type InputRequiredResult,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { Injectable } from '@nestjs/common';

import { CallLog } from '../../tools/call.log.js';
import { ConfirmationPending } from '../../tools/confirmation.js';
import { type ProgressReport } from '../../tools/tool.js';
import { type CallTrace } from '../../tools/slow-operations.service.js';
import { type ToolSelection } from '../../tools/selection/tool-selection.js';
import { ToolCaller } from '../../tools/tool.caller.js';
import { callFailure, callResult, META, protocolError } from '../core/call-result.js';
import { McpErrors } from '../core/mcp-errors.service.js';
import { type McpPeer, ownerOf } from '../core/mcp-peer.js';
import { PeerCredentials } from '../core/peer-credentials.service.js';
import { McpOperations } from '../core/operations.service.js';
import { claimHeld, type HeldCall } from '../core/waited-calls.js';
import { Confirmations } from './confirmation.service.js';
import { logTo } from './logging.feature.js';
import { progressTo } from './progress.js';

export interface McpToolCall {
  readonly server: Server;
  readonly peer: McpPeer;
  readonly selection: ToolSelection;
  readonly tool: string;
  readonly args: Record<string, unknown>;
  readonly context: ServerContext;
}

/** Runs tools for MCP peers by the one way to call them, and answers in the words of MCP. */
@Injectable()
export class ToolCalls {
  constructor(
    private readonly caller: ToolCaller,
    private readonly operations: McpOperations,
    private readonly confirmations: Confirmations,
    private readonly calls: CallLog,
    private readonly errors: McpErrors,
    private readonly credentials: PeerCredentials,
  ) {}

  /** @throws ProtocolError -32602 for an unknown tool; every other failure is a result that says so */
  async serve(call: McpToolCall): Promise<CallToolResult | InputRequiredResult> {
    const { peer, tool, context } = call;
    const requestId = String(context.mcpReq.id);
    if (peer.session !== undefined) peer.session.commandCount += 1;
    const waited = claimHeld(peer, context.mcpReq.id);
    const tracked = {
      door: peer.door,
      sessionId: ownerOf(peer),
      requestId,
      tool,
      since: waited?.queued.since,
    };
    try {
      return await this.calls.track(tracked, (trace) => this.run(call, requestId, trace, waited));
    } catch (thrown) {
      if (thrown instanceof ConfirmationPending) return this.confirmations.questionFor(call, thrown.question);
      const error = this.errors.report(thrown, peer);
      if (error.code === 'unknown_tool') throw protocolError(error);
      logTo(call.server, context, 'error', { tool, code: error.code, message: error.message });
      return callFailure(error);
    } finally {
      waited?.queued.close();
    }
  }

  private async run(
    call: McpToolCall,
    requestId: string,
    trace: () => CallTrace,
    waited: HeldCall | undefined,
  ): Promise<CallToolResult> {
    const { peer, selection, tool, args, context } = call;
    const { id, signal, _meta: meta } = context.mcpReq;
    const ask = this.confirmations.askOf(call);
    const toolContext = {
      sessionId: ownerOf(peer),
      requestId,
      principal: peer.principal,
      selection,
      credentials: this.credentials.of(peer, call.server, context),
      progress: reporterOf(call),
      ...(peer.session !== undefined && { place: peer.session }),
      ...(ask !== undefined && { ask }),
      ...(waited !== undefined && { waited }),
    };
    const operation = { id, client: signal, held: waited };
    return this.operations.run(peer, operation, async (aborted) => {
      const outcome = await this.caller.call(tool, args, toolContext, aborted);
      if (peer.session !== undefined && typeof args['repo_path'] === 'string') {
        peer.session.repository = args['repo_path'];
      }
      return callResult(outcome, meta?.[META.trace] === true ? trace() : undefined);
    });
  }
}

/** Progress goes to who gave a token for it, what it says also to who wants to hear the log. */
function reporterOf({ server, context, tool }: McpToolCall): (report: ProgressReport) => void {
  const progress = progressTo(context);
  return (report) => {
    progress(report);
    if (report.message !== undefined) logTo(server, context, 'info', { tool, message: report.message });
  };
}
