import { type Repository } from '../../git/repository.js';
import { type ResourceTemplateDescription } from './resource.js';
import { type ResourceAddress, type ResourceKindName } from './resource-uri.js';

/** Content without its URI, which is the one that was asked for. */
export type KindContent =
  { readonly mimeType: string; readonly text: string } | { readonly mimeType: string; readonly blob: string };

export type AddressOf<Kind extends ResourceKindName> = ResourceAddress & { readonly kind: Kind };

/** One file per kind of resource. `read` may be called by many sessions at once. */
export interface ResourceKind<Kind extends ResourceKindName = ResourceKindName> {
  readonly kind: Kind;
  readonly template: ResourceTemplateDescription;
  /** Whether each repository has exactly one of it, which clients see in the list. */
  readonly listed: boolean;
  /** Whether it shows the work tree: a bare repository has none of it, and refs do not tell when it changes. */
  readonly ofWorkTree: boolean;

  /** @returns `undefined` where the repository has nothing of this address */
  read(
    address: AddressOf<Kind>,
    repository: Repository,
    signal: AbortSignal,
  ): Promise<KindContent | undefined>;
}

/** All kinds, in the order in which clients see them. */
export const RESOURCE_KINDS = Symbol('ResourceKinds');
