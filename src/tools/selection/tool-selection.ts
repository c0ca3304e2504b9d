import { type Toolset, TOOLSETS } from '../../config/sections/index.js';

export type ToolMode = 'full' | 'lean';

/** What a selection looks at; a part of `ToolSpec`. */
export interface Selectable {
  readonly name: string;
  readonly toolset?: Toolset;
  readonly lean?: true;
  readonly annotations: { readonly readOnlyHint: boolean };
}

export interface Choice {
  readonly toolsets: readonly string[];
  readonly readOnly: boolean;
  readonly exclude: readonly string[];
  readonly mode: ToolMode;
}

/** Which tools one session sees and may call. Immutable; made once per session. */
export class ToolSelection {
  /** Every tool, listed in full. */
  static readonly everything = new ToolSelection({
    toolsets: TOOLSETS,
    readOnly: false,
    exclude: [],
    mode: 'full',
  });

  private readonly toolsets: ReadonlySet<string>;
  private readonly excluded: ReadonlySet<string>;

  constructor(private readonly choice: Choice) {
    this.toolsets = new Set(choice.toolsets);
    this.excluded = new Set(choice.exclude);
  }

  get mode(): ToolMode {
    return this.choice.mode;
  }

  /** Whether the tool may be called. In lean mode that goes for tools that are not listed as well. */
  admits({ name, toolset, annotations, lean }: Selectable): boolean {
    if (lean === true) return this.mode === 'lean';
    if (this.excluded.has(name) || (this.choice.readOnly && !annotations.readOnlyHint)) return false;
    return toolset === undefined || this.toolsets.has(toolset);
  }

  lists(spec: Selectable): boolean {
    return this.admits(spec) && (spec.lean === true) === (this.mode === 'lean');
  }

  /** What is left of it. The mode alone is free to choose: it changes what is listed, not what is allowed. */
  narrowedBy({ toolsets, readOnly, exclude, mode }: Partial<Choice>): ToolSelection {
    return new ToolSelection({
      toolsets: toolsets?.filter((name) => this.toolsets.has(name)) ?? this.choice.toolsets,
      readOnly: this.choice.readOnly || readOnly === true,
      exclude: [...this.choice.exclude, ...(exclude ?? [])],
      mode: mode ?? this.mode,
    });
  }

  /** The same tools, listed in full. */
  inFull(): ToolSelection {
    return this.mode === 'full' ? this : this.narrowedBy({ mode: 'full' });
  }
}
