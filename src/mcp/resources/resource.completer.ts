import { Inject, Injectable } from '@nestjs/common';

import { RepositoryCompletions } from './repository.completions.js';
import { type ResourceReader } from './resource.js';
import { RESOURCE_KINDS, type ResourceKind } from './resource-kind.js';

/** Proposes values for the variables of the templates. */
@Injectable()
export class ResourceCompleter {
  constructor(
    @Inject(RESOURCE_KINDS) private readonly kinds: readonly ResourceKind[],
    private readonly completions: RepositoryCompletions,
  ) {}

  async complete(
    { uriTemplate, variable, value, set }: VariableInTemplate,
    reader: ResourceReader,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const kind = this.kinds.find(({ template }) => template.uriTemplate === uriTemplate)?.kind;
    if (kind === undefined) return [];
    // A client may send what has not been filled in as an empty text.
    const repository = set['repository'] || undefined;
    const revision = set['revision'] || undefined;
    switch (variable) {
      case 'repository':
        return this.completions.repositories(value, reader, signal);
      case 'revision':
        return this.completions.revisions(repository, value, reader, signal);
      case 'path': {
        const place = { repository, revision, foldersOnly: kind === 'tree' };
        return this.completions.paths(place, value, reader, signal);
      }
      default:
        return [];
    }
  }
}

export interface VariableInTemplate {
  readonly uriTemplate: string;
  readonly variable: string;
  readonly value: string;
  readonly set: Readonly<Record<string, string>>;
}
