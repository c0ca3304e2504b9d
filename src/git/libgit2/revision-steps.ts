/** From a commit to one that it reaches. */
export interface RevisionStep {
  readonly times: number;
  /** Which parent, counted from 1. */
  readonly parent: number;
}

/** `~2^2` as steps: twice to the first parent, once to the second. */
export function revisionSteps(text: string): readonly RevisionStep[] {
  return (text.match(/[~^]\d*/g) ?? []).map((step) => {
    const count = step.length === 1 ? 1 : Number(step.slice(1));
    if (step.startsWith('~')) return { times: count, parent: 1 };
    return { times: count === 0 ? 0 : 1, parent: count };
  });
}
