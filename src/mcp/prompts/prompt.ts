import { type ResourceReader } from '../resources/resource.js';

export interface PromptArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** What completes it: names of the repository that `repo_path` gives, or nothing. */
  readonly completes?: 'repository' | 'branch' | 'ref' | 'path' | 'remote';
  /** Longer is refused; default 4,096 characters. */
  readonly maxLength?: number;
}

export interface PromptMessage {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** One file per prompt. Filled with what the repository really says, marked as data and not as instructions. */
export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly PromptArgument[];
  /** @throws ServerError as the tools do */
  render(
    args: Readonly<Record<string, string>>,
    reader: ResourceReader,
    signal: AbortSignal,
  ): Promise<readonly PromptMessage[]>;
}

/** All prompts, in the order in which clients see them. */
export const PROMPTS = Symbol('Prompts');
