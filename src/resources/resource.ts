export const RESOURCE_TYPES = [
  'worker',
  'git-process',
  'watcher',
  'lock',
  'temporary-folder',
  'repository-handle',
  'socket',
  'timer',
] as const;

export type ResourceType = (typeof RESOURCE_TYPES)[number];

/** What is told of a resource when it is acquired. */
export interface ResourceRequest {
  readonly type: ResourceType;
  /** In our own words, never a caller's text: it is shown to operators. */
  readonly label: string;
  /** Id of the session it serves, or the name of the part of the server that keeps it. */
  readonly owner?: string | undefined;
  /** Gives it back by force; absent where only its own code can end it. */
  readonly release?: () => void | Promise<void>;
}

export interface ResourceView {
  /** Absent for what is counted elsewhere and only shown here. */
  readonly id?: number;
  readonly type: ResourceType;
  readonly label: string;
  /** Null where nobody owns it, or whoever did is gone. */
  readonly owner: string | null;
  readonly ageMs: number;
}

export interface SweepReport {
  /** Released by force. */
  readonly released: readonly ResourceView[];
  /** Too old and unowned, and nothing but their own code can end them, or their release failed. */
  readonly stuck: readonly ResourceView[];
}
