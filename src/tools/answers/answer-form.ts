import { type ToolsConfig } from '../../config/sections/index.js';
import { type RepositoryInput } from '../fields/repository.input.js';

/** How a caller wants its answer. */
export interface AnswerForm {
  /** Of the text, and again of the structured content as JSON. */
  readonly maxBytes: number;
  readonly format: 'text' | 'json';
  readonly verbosity: 'concise' | 'normal' | 'full';
}

export function formOf(
  { max_bytes, response_format, verbosity }: RepositoryInput,
  { maxAnswerBytes, responseFormat }: ToolsConfig,
): AnswerForm {
  return {
    maxBytes: max_bytes ?? maxAnswerBytes,
    format: response_format ?? responseFormat,
    verbosity: verbosity ?? 'normal',
  };
}
