import { type IncomingHttpHeaders } from 'node:http';

import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';

import { nearestName } from '../../config/nearest-name.js';
import { TOOLSETS, ToolsConfig } from '../../config/sections/index.js';
import { type FieldIssue, ServerError } from '../../shared/errors/index.js';
import { MessageValidator } from '../../validation/message-validator.service.js';
import { ToolRegistry } from '../tool.registry.js';
import { ToolSelection } from './tool-selection.js';
import { ToolsWish } from './tools-wish.dto.js';
import { wishOfHeaders } from './wish-of-headers.js';

/** Which tools a session gets: what the configuration offers, made smaller by what the session asks for. */
@Injectable()
export class ToolSelections implements OnApplicationBootstrap {
  /** What a session gets that asks for nothing. */
  readonly configured: ToolSelection;
  private readonly assigned = new WeakMap<object, ToolSelection>();

  constructor(
    private readonly config: ToolsConfig,
    private readonly registry: ToolRegistry,
    private readonly validator: MessageValidator,
  ) {
    this.configured = new ToolSelection(config);
  }

  // A name that excludes nothing leaves a tool on offer that the operator wanted gone.
  onApplicationBootstrap(): void {
    const [issue] = this.unknownNames('tools.exclude', this.config.exclude, this.registry.names());
    if (issue !== undefined) throw new Error(issue.message);
  }

  /** Remembers what a session has asked for, for as long as the session lives. */
  assign(session: object, selection: ToolSelection): void {
    this.assigned.set(session, selection);
  }

  of(session: object): ToolSelection {
    return this.assigned.get(session) ?? this.configured;
  }

  /**
   * @param path where the wish stands in its message, for the issues
   * @param base what is made smaller
   * @throws ServerError `validation_failed` for names that nothing has, each with the nearest that something has
   */
  narrowedBy(
    { toolsets, exclude, mode, read_only: readOnly }: ToolsWish,
    path = 'tools',
    base: ToolSelection = this.configured,
  ): ToolSelection {
    const issues = [
      ...this.unknownNames(`${path}.toolsets`, toolsets ?? [], TOOLSETS),
      ...this.unknownNames(`${path}.exclude`, exclude ?? [], this.registry.names()),
    ];
    if (issues.length > 0) throw refusal(issues);
    return base.narrowedBy({
      ...(toolsets !== undefined && { toolsets }),
      ...(exclude !== undefined && { exclude }),
      ...(mode !== undefined && { mode }),
      ...(readOnly !== undefined && { readOnly }),
    });
  }

  /** As `narrowedBy`, for a wish that nobody has looked at yet. @throws ServerError `validation_failed` */
  narrowedByUnchecked(wish: unknown, path: string, base: ToolSelection): ToolSelection {
    const verdict = this.validator.validate(ToolsWish, wish, 'tools_wish');
    if (verdict.ok) return this.narrowedBy(verdict.value, path, base);
    throw refusal(verdict.issues.map((issue) => ({ ...issue, path: `${path}.${issue.path}` })));
  }

  /** What is left for a session, or a request, with these headers. @throws ServerError `validation_failed` */
  narrowedByHeaders(headers: IncomingHttpHeaders): ToolSelection {
    return this.narrowedBy(wishOfHeaders(headers), 'headers');
  }

  private unknownNames(path: string, names: readonly string[], known: readonly string[]): FieldIssue[] {
    return names
      .filter((name) => !known.includes(name))
      .map((name) => {
        const nearest = nearestName(name, known);
        const hint = nearest === undefined ? `there are ${known.join(', ')}` : `did you mean ${nearest}?`;
        return { path, constraint: 'isKnown', message: `${path} holds a name that nothing has; ${hint}` };
      });
  }
}

function refusal(issues: readonly FieldIssue[]): ServerError {
  const message = 'The choice of tools is not valid; details name each field';
  return new ServerError('validation_failed', message, { details: issues });
}
