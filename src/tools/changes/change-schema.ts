import { jsonSchemaOf } from '../../validation/dto/json-schema.js';
import { type ObjectSchema } from '../../validation/dto/json-schema.types.js';
import { DryRunOutput } from './dry-run.js';

const OPERATION_ID = {
  description: 'Of the entry in the operation log; git_undo takes it',
  type: 'string',
} as const;

/**
 * What a tool that changes something answers: its own fields, or those of a dry run. Not every client understands a
 * schema with alternatives at its root, so all fields are in one object and none is required.
 */
export function changeOutputSchema(own: ObjectSchema): ObjectSchema {
  const properties = {
    ...jsonSchemaOf(DryRunOutput).properties,
    ...own.properties,
    operation_id: OPERATION_ID,
  };
  return Object.freeze({ ...own, properties: Object.freeze(properties), required: [] });
}
