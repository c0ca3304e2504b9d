import { Injectable } from '@nestjs/common';

import { ServerError } from '../shared/errors/index.js';
import { type Principal, type Scope } from '../shared/principal.js';
import { ToolSelections } from './selection/tool-selections.service.js';
import { type Tool, type ToolContext } from './tool.js';
import { ToolRegistry } from './tool.registry.js';

/** Who may call which tool. */
@Injectable()
export class ToolGate {
  constructor(
    private readonly registry: ToolRegistry,
    private readonly selections: ToolSelections,
  ) {}

  /**
   * @throws ServerError `unknown_tool`; `forbidden` with `details.scope`, or with `details.reason: 'not_selected'` where
   *   the tool exists and this session does not have it: looking for another spelling would not help
   */
  open(name: string, { principal, selection = this.selections.configured }: ToolContext): Tool {
    const tool = this.registry.get(name);
    assertScopes(tool.spec.scopes, principal);
    if (selection.admits(tool.spec)) return tool;
    throw new ServerError(
      'forbidden',
      'This tool is not among those that the server offers to this session; tools/list says which are',
      { details: { reason: 'not_selected' } },
    );
  }
}

/** @throws ServerError `forbidden`, naming the first scope that is missing */
export function assertScopes(scopes: readonly Scope[], principal: Principal): void {
  const missing = scopes.find((scope) => !principal.scopes.has(scope));
  if (missing === undefined) return;
  throw new ServerError('forbidden', `This needs the scope ${missing}, which the token does not have`, {
    details: { scope: missing },
  });
}
