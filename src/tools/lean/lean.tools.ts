import { Injectable } from '@nestjs/common';

import { ToolSelections } from '../selection/tool-selections.service.js';
import { type Tool } from '../tool.js';
import { ToolRegistry } from '../tool.registry.js';
import { DiscoverToolsTool } from './discover-tools.tool.js';
import { ExecuteToolTool } from './execute-tool.tool.js';
import { GetToolSpecTool } from './get-tool-spec.tool.js';
import { ToolCatalog } from './tool-catalog.js';

const EXECUTE = 'execute_tool';

/** Registers the three tools through which a client with a small context reaches all others. */
@Injectable()
export class LeanTools {
  constructor(registry: ToolRegistry, selections: ToolSelections) {
    const catalog = new ToolCatalog(registry, selections);
    const readers: Tool[] = [new DiscoverToolsTool(catalog), new GetToolSpecTool(catalog)];
    const own = new Set([...readers.map(({ spec }) => spec.name), EXECUTE]);
    for (const tool of [...readers, new ExecuteToolTool(own)]) registry.register(tool);
  }
}
