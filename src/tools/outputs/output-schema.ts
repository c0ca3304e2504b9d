import { type Type } from '@nestjs/common';

import { jsonSchemaOf } from '../../validation/dto/json-schema.js';
import { type ObjectSchema } from '../../validation/dto/json-schema.types.js';
import { changeOutputSchema } from '../changes/change-schema.js';
import { isPlannable, type Tool } from '../tool.js';

const TRUNCATED = Object.freeze({ type: 'boolean', description: 'Something was left out to fit max_bytes' });

/** What the answers of a tool may hold: its own fields, those of a dry run, and the mark of an answer that was cut. */
export function outputSchemaOf(tool: Tool): ObjectSchema {
  const own = jsonSchemaOf(tool.spec.output as Type<object>);
  const schema = isPlannable(tool) ? changeOutputSchema(own) : own;
  if (tool.spec.access === 'none') return schema;
  const mark = 'truncated' in schema.properties ? {} : { truncated: TRUNCATED };
  const properties = Object.freeze({ ...schema.properties, ...mark });
  return Object.freeze({ ...schema, properties });
}
