import { nearestName } from '../../config/nearest-name.js';
import { ServerError } from '../../shared/errors/index.js';
import { type ToolSelections } from '../selection/tool-selections.service.js';
import { type ToolContext } from '../tool.js';
import { type ToolDescriptor, type ToolRegistry } from '../tool.registry.js';

/** What the tools of the lean mode know of the others: what the same session would see in full. */
export class ToolCatalog {
  constructor(
    private readonly registry: ToolRegistry,
    private readonly selections: ToolSelections,
  ) {}

  tools({ principal, selection = this.selections.configured }: ToolContext): readonly ToolDescriptor[] {
    return this.registry.descriptors(principal, selection.inFull());
  }

  /** @throws ServerError `unknown_tool`, naming the nearest that the session has */
  tool(name: string, context: ToolContext): ToolDescriptor {
    const all = this.tools(context);
    const found = all.find((tool) => tool.name === name);
    if (found !== undefined) return found;
    const nearest = nearestName(
      name.slice(0, 64),
      all.map((tool) => tool.name),
    );
    const hint = nearest === undefined ? 'discover_tools names those there are' : `did you mean ${nearest}?`;
    throw new ServerError('unknown_tool', `There is no tool of this name; ${hint}`, {
      ...(nearest !== undefined && { details: { nearest } }),
    });
  }
}
