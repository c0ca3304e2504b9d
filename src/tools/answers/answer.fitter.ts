import { Injectable } from '@nestjs/common';

import { ToolsConfig } from '../../config/sections/index.js';
import { MAX_ANSWER_BYTES, type RepositoryInput } from '../fields/repository.input.js';
import { type RepositoryTool, type ToolAnswer } from '../tool.js';
import { type AnswerForm, formOf } from './answer-form.js';
import { fitStructured } from './fit-structured.js';
import { fitText } from './fit-text.js';

/** The last to see an answer: what a tool did not make small enough is cut here, and says so. */
@Injectable()
export class AnswerFitter {
  constructor(private readonly config: ToolsConfig) {}

  formOf(input: RepositoryInput): AnswerForm {
    return formOf(input, this.config);
  }

  /** What reads a repository tells what stands in it; in JSON every piece of that is delimited already. */
  isData(tool: RepositoryTool, input: RepositoryInput): boolean {
    const reads = tool.spec.access === 'read' || tool.demands?.(input).access === 'read';
    return this.config.markData && reads && this.formOf(input).format === 'text';
  }

  /**
   * @returns text and structured content of at most `maxBytes` each. Where something was left out, the text ends with a
   *   line that says so, and the structured content has `truncated: true`
   */
  fit({ text, structured }: ToolAnswer<object>, { maxBytes, format }: AnswerForm): ToolAnswer<object> {
    if (format === 'json') return asJson(fitStructured(structured, maxBytes).value);
    const fitted = fitText(text, maxBytes, noteOf(maxBytes));
    const marked = fitted.truncated ? { ...structured, truncated: true } : structured;
    return { text: fitted.text, structured: fitStructured(marked, maxBytes).value };
  }
}

function asJson(structured: object): ToolAnswer<object> {
  return { text: JSON.stringify(structured), structured };
}

function noteOf(maxBytes: number): (bytes: number) => string {
  const more = maxBytes < MAX_ANSWER_BYTES ? `, or raise max_bytes (at most ${MAX_ANSWER_BYTES})` : '';
  return (bytes) =>
    `[Cut here: the answer has ${bytes} bytes, max_bytes is ${maxBytes}. Ask a narrower question${more}.]`;
}
