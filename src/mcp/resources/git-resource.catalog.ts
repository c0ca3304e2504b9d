import { Inject, Injectable } from '@nestjs/common';

import { RepositoryDiscovery } from '../../git/paths/repository.discovery.js';
import { type Repository } from '../../git/repository.js';
import { turnOf } from '../../resilience/turn.js';
import { ServerError } from '../../shared/errors/index.js';
import { type Principal } from '../../shared/principal.js';
import {
  type ResourceCatalog,
  type ResourceContent,
  type ResourceDescription,
  type ResourceReader,
  type ResourceTemplateDescription,
} from './resource.js';
import { RepositoryListWatcher } from './repository-list.watcher.js';
import { ResourceCompleter } from './resource.completer.js';
import { RESOURCE_KINDS, type ResourceKind } from './resource-kind.js';
import { assertMayRead, mayRead } from './resource.operations.js';
import { ResourceReads } from './resource.reads.js';
import { formatResourceUri, parseResourceUri, type ResourceAddress } from './resource-uri.js';
import { ResourceWatcher } from './resource.watcher.js';

const SPELLING = 'In the URI the repository is one percent-encoded segment, as %2Fsrv%2Fapp.';

/** The resources of all repositories below the roots. */
@Injectable()
export class GitResourceCatalog implements ResourceCatalog {
  constructor(
    @Inject(RESOURCE_KINDS) private readonly kinds: readonly ResourceKind[],
    private readonly discovery: RepositoryDiscovery,
    private readonly reads: ResourceReads,
    private readonly completer: ResourceCompleter,
    private readonly watcher: ResourceWatcher,
    private readonly repositoryList: RepositoryListWatcher,
  ) {}

  /** Nothing for who may read nothing, as tools without their scope are not listed. */
  templates(principal: Principal): readonly ResourceTemplateDescription[] {
    if (!mayRead(principal)) return [];
    return this.kinds.map(({ template }) => ({
      ...template,
      description: `${template.description} ${SPELLING}`,
    }));
  }

  async list({ principal }: ResourceReader, signal: AbortSignal): Promise<readonly ResourceDescription[]> {
    if (!mayRead(principal)) return [];
    const repositories = await this.discovery.repositories(signal);
    this.repositoryList.listed(repositories);
    return repositories.flatMap((repository) => this.listOf(repository));
  }

  async read(
    uri: string,
    { principal, sessionId }: ResourceReader,
    signal: AbortSignal,
  ): Promise<ResourceContent | undefined> {
    assertMayRead(principal);
    const address = parseResourceUri(uri);
    const { content } = address ? await this.reads.read(address, turnOf(principal, sessionId), signal) : {};
    return content && { uri, ...content };
  }

  async complete(
    uriTemplate: string,
    variable: string,
    value: string,
    set: Readonly<Record<string, string>>,
    reader: ResourceReader,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    return this.completer.complete({ uriTemplate, variable, value, set }, reader, signal);
  }

  async watch(
    uri: string,
    { principal, sessionId }: ResourceReader,
    changed: () => void,
  ): Promise<() => void> {
    assertMayRead(principal);
    const address = parseResourceUri(uri);
    const turn = turnOf(principal, sessionId);
    const end = address && (await this.watcher.watch(formatResourceUri(address), address, turn, changed));
    if (end) return end;
    const message =
      'No resource has this URI; resources/list and resources/templates/list say which there are';
    throw new ServerError('validation_failed', message, { details: { uri } });
  }

  private listOf(repository: Repository): readonly ResourceDescription[] {
    return this.kinds
      .filter(({ listed, ofWorkTree }) => listed && !(ofWorkTree && repository.bare))
      .map(({ kind, template }) => ({
        // Every kind that is listed is addressed by its repository alone.
        uri: formatResourceUri({ kind, repository: repository.path } as ResourceAddress),
        name: `${repository.path} ${template.name}`,
        title: `${template.title} of ${repository.path}`,
        description: template.description,
        mimeType: template.mimeType ?? 'application/json',
      }));
  }
}
