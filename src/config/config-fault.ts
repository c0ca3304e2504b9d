/** One thing wrong with the configuration, told so that it can be put right without reading code. */
export interface ConfigFault {
  /** Dotted path as it was written; a file or variable name where there is no path. */
  readonly key: string;
  /** What was written, secrets hidden; absent where nothing was. */
  readonly value?: string;
  /** `config/production.yaml:4:3`, a variable, a flag. */
  readonly source: string;
  /** What is wrong and what is expected. */
  readonly problem: string;
  /** The right name that is nearest to the one written. */
  readonly nearest?: string;
}

/** The process cannot start; holds every fault, not the first. */
export class ConfigFaults extends Error {
  override readonly name = 'ConfigFaults';

  constructor(readonly faults: readonly ConfigFault[]) {
    const heading = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
    super(
      `the configuration has ${heading}:\n${faults.map((fault) => `  ${describeFault(fault)}`).join('\n')}`,
    );
  }
}

/** One line, without the line breaks that a hostile or broken value may hold. */
function describeFault({ key, value, source, problem, nearest }: ConfigFault): string {
  const written = value === undefined ? key : `${key} = ${value}`;
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return `${written} (${source}): ${problem}${hint}`.replaceAll(/\s+/g, ' ');
}
