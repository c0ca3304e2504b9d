import { Injectable } from '@nestjs/common';

import { type Session } from '../../sessions/session.js';
import { ServerError } from '../../shared/errors/index.js';
import { ToolSelections } from '../../tools/selection/tool-selections.service.js';
import { ToolRegistry } from '../../tools/tool.registry.js';
import { principalOf } from '../access.rule.js';
import { type Answer, type MessageHandler, resultOf } from '../message-handler.js';
import { ToolsListMessage } from '../messages/tools.dto.js';

const PAGE = 100;

/** The tools that the caller's scopes reach and its session has, a page at a time. */
@Injectable()
export class ToolsListHandler implements MessageHandler<ToolsListMessage> {
  readonly type = 'tools/list';
  readonly dto = ToolsListMessage;
  readonly answerType = 'tools/list/result';

  constructor(
    private readonly registry: ToolRegistry,
    private readonly selections: ToolSelections,
  ) {}

  handle(session: Session, { cursor }: ToolsListMessage): Answer {
    const tools = this.registry.descriptors(principalOf(session), this.selections.of(session));
    const start = cursor === undefined ? 0 : startOf(cursor, tools.length);
    const next = start + PAGE;
    return resultOf({
      tools: tools.slice(start, next),
      ...(next < tools.length && { next_cursor: cursorAt(next) }),
    });
  }
}

function cursorAt(start: number): string {
  return Buffer.from(`tools:${start}`).toString('base64url');
}

function startOf(cursor: string, count: number): number {
  const start = Number(
    /^tools:(\d{1,6})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1] ?? Number.NaN,
  );
  if (start > 0 && start < count && start % PAGE === 0 && cursorAt(start) === cursor) return start;
  throw new ServerError(
    'validation_failed',
    'the cursor is not one that this server gave; list again without it',
    {
      details: [
        { path: 'cursor', constraint: 'isCursor', message: 'cursor must be the next_cursor of an answer' },
      ],
    },
  );
}
