import { type ResourceReader } from '../resources/resource.js';
import { type Given, readArguments, REPO_PATH } from './prompt-arguments.js';
import { type PromptData, promptMessages } from './prompt-text.js';
import { type Prompt, type PromptArgument, type PromptMessage } from './prompt.js';
import { type PromptSource } from './prompt.source.js';
import { type RepositoryFacts } from './repository-facts.js';

/** What one prompt has of its own. */
export interface PromptRecipe {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Beside `repo_path`, which all have. */
  readonly arguments: readonly PromptArgument[];
  /** Names of the arguments that steer the task: short words of the caller, not data. */
  readonly wishes: readonly string[];
  readonly task: string;
  /** The task in one sentence, said again after the data. */
  readonly conclusion: string;
  /** @throws ServerError as the reads do */
  gather(facts: RepositoryFacts, given: Given): Promise<readonly PromptData[]>;
}

/** A recipe that can be asked for: checks the arguments, reads the repository, writes the message. */
export class RepositoryPrompt implements Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly PromptArgument[];

  constructor(
    private readonly recipe: PromptRecipe,
    private readonly source: PromptSource,
  ) {
    this.name = recipe.name;
    this.title = recipe.title;
    this.description = recipe.description;
    this.arguments = [REPO_PATH, ...recipe.arguments];
  }

  async render(args: Given, reader: ResourceReader, signal: AbortSignal): Promise<readonly PromptMessage[]> {
    const given = readArguments(this.arguments, args);
    const { task, wishes, conclusion } = this.recipe;
    const data = await this.source.read(given[REPO_PATH.name] ?? '', reader, signal, (facts) =>
      this.recipe.gather(facts, given),
    );
    return promptMessages({ task, wishes: wishes.map((name) => [name, given[name]]), data, conclusion });
  }
}
