import { Injectable } from '@nestjs/common';

import { type Session } from '../../sessions/session.js';
import { notePart } from '../../observability/operation-trace.js';
import { markedAsData } from '../../tools/answers/data-marks.js';
import { CallLog } from '../../tools/call.log.js';
import { type CallTrace } from '../../tools/slow-operations.service.js';
import { type ToolContext } from '../../tools/tool.js';
import { ToolCaller } from '../../tools/tool.caller.js';
import { CallContexts } from '../call.contexts.js';
import { CallLimits } from '../call.limits.js';
import { type Answer, type MessageHandler, resultOf } from '../message-handler.js';
import { ToolsCallMessage } from '../messages/tools.dto.js';
import { SessionNotices } from '../session.notices.js';

/** Runs one tool for one session: as many at a time as the socket may, each cancellable by its request's id. */
@Injectable()
export class ToolsCallHandler implements MessageHandler<ToolsCallMessage> {
  readonly type = 'tools/call';
  readonly dto = ToolsCallMessage;
  readonly answerType = 'tools/call/result';

  constructor(
    private readonly caller: ToolCaller,
    private readonly limits: CallLimits,
    private readonly notices: SessionNotices,
    private readonly calls: CallLog,
    private readonly contexts: CallContexts,
  ) {}

  async handle(session: Session, message: ToolsCallMessage): Promise<Answer> {
    this.limits.check(session, message.params.name);
    const signal = session.begin(message.id);
    session.commandCount += 1;
    const call = {
      door: 'envelope',
      sessionId: session.id,
      requestId: message.id,
      tool: message.params.name,
    } as const;
    try {
      // What is not written down at once is waited for; the usual store makes nobody wait.
      const writing = this.contexts.begin(session, message);
      if (writing !== undefined) await writing;
      this.notices.status(session, 'running', message.id);
      return await this.calls.track(call, (trace) => this.call(session, message, signal, trace));
    } finally {
      session.end(message.id);
    }
  }

  private async call(
    session: Session,
    message: ToolsCallMessage,
    signal: AbortSignal,
    trace: () => CallTrace,
  ): Promise<Answer> {
    const context = this.contexts.of(session, message);
    const waiting = this.limits.waitForPlace(session, message, signal);
    if (waiting === undefined) return this.run(session, message, context, signal, trace);
    const { workingDirectory } = session;
    const queued = await waiting;
    if (queued === undefined) return this.run(session, message, context, signal, trace);
    try {
      const waited = { queued, workingDirectory };
      return await this.run(session, message, { ...context, waited }, signal, trace);
    } finally {
      queued.close();
    }
  }

  private async run(
    session: Session,
    { params, timeout_ms: timeoutMs }: ToolsCallMessage,
    context: ToolContext,
    signal: AbortSignal,
    trace: () => CallTrace,
  ): Promise<Answer> {
    const input = params.arguments ?? {};
    const { answer, warnings, isData } = await this.caller.call(params.name, input, context, signal, {
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    if (typeof input['repo_path'] === 'string') session.repository = input['repo_path'];
    const { structured } = answer;
    const text = isData ? markedAsData(answer.text) : answer.text;
    const encoded = encode({ content: [{ type: 'text', text }], structuredContent: structured });
    return {
      fields: params.trace === true ? `${encoded},"trace":${JSON.stringify(trace())}` : encoded,
      warnings,
    };
  }
}

function encode(result: object): string {
  const since = performance.now();
  const { fields } = resultOf(result);
  notePart('encode', performance.now() - since);
  return fields;
}
