import { type Principal } from '../../shared/principal.js';

/** Who reads, and under which session operations are counted. */
export interface ResourceReader {
  readonly sessionId: string;
  readonly requestId: string;
  readonly principal: Principal;
}

export interface ResourceDescription {
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
}

export interface ResourceTemplateDescription {
  /** RFC 6570, level 1 and `{+path}`. */
  readonly uriTemplate: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Only where everything that fits the template has it. */
  readonly mimeType?: string;
}

export type ResourceContent =
  | { readonly uri: string; readonly mimeType: string; readonly text: string }
  /** Base64. */
  | { readonly uri: string; readonly mimeType: string; readonly blob: string };

/**
 * What repositories offer to be read by URI. Knows nothing of the SDK: the MCP server asks it, whichever the door.
 *
 * @throws ServerError as the tools do; an unknown URI is `undefined`
 */
export interface ResourceCatalog {
  templates(principal: Principal): readonly ResourceTemplateDescription[];
  /** What exists now, in a stable order: HEAD, branches, tags and status of each allowed repository. */
  list(reader: ResourceReader, signal: AbortSignal): Promise<readonly ResourceDescription[]>;
  read(uri: string, reader: ResourceReader, signal: AbortSignal): Promise<ResourceContent | undefined>;
  /** Values for a variable of a template, given those that are set; at most 101, one more than an answer of MCP has. */
  complete(
    uriTemplate: string,
    variable: string,
    value: string,
    set: Readonly<Record<string, string>>,
    reader: ResourceReader,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /**
   * Calls back when what a URI names may have changed. Ends when the returned function is called.
   *
   * @throws ServerError where the URI names nothing that the reader may read
   */
  watch(uri: string, reader: ResourceReader, changed: () => void): Promise<() => void>;
}

export const RESOURCE_CATALOG = Symbol('ResourceCatalog');
