export interface OperationCounts {
  readonly running: number;
  /** Attempts that ended well. */
  readonly completed: number;
  readonly failed: number;
  /** Turned away, or given up, before they ran. */
  readonly rejected: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Counts attempts by the label of their kind, which is bounded. */
export class OperationTally {
  private readonly kinds = new Map<string, Mutable<OperationCounts>>();

  /** @returns says how it ended; call it once */
  started(kind: string): (well: boolean) => void {
    const counts = this.of(kind);
    counts.running += 1;
    return (well) => {
      counts.running -= 1;
      counts[well ? 'completed' : 'failed'] += 1;
    };
  }

  rejected(kind: string): void {
    this.of(kind).rejected += 1;
  }

  total(): OperationCounts {
    const total: Mutable<OperationCounts> = { running: 0, completed: 0, failed: 0, rejected: 0 };
    for (const counts of this.kinds.values()) {
      total.running += counts.running;
      total.completed += counts.completed;
      total.failed += counts.failed;
      total.rejected += counts.rejected;
    }
    return total;
  }

  byKind(): Readonly<Record<string, OperationCounts>> {
    return Object.fromEntries([...this.kinds].map(([kind, counts]) => [kind, { ...counts }]));
  }

  private of(kind: string): Mutable<OperationCounts> {
    const known = this.kinds.get(kind) ?? { running: 0, completed: 0, failed: 0, rejected: 0 };
    this.kinds.set(kind, known);
    return known;
  }
}
