import { type Hunk } from './hunk.parser.js';
import { Unsuited } from './unsuited.error.js';

/** Comparing what both parents lost at one place takes the product of both: more is left to git. */
const MAX_COMPARED = 1_000_000;

export interface LostLine {
  readonly text: string;
  /** Bits of the parents that had it. */
  parents: number;
}

/** A line of the result, and what was lost before it. After the last line comes one for what was lost at the end. */
export interface Slot {
  /** `undefined` at the end. */
  readonly text: string | undefined;
  /** Bits of the parents that do not have the line. */
  added: number;
  lost: LostLine[];
  shown: boolean;
  /** Shown as context only, so that what was lost before it is not. */
  withoutLost: boolean;
  /** Of each parent, the number of the line that comes next there. */
  readonly next: [number, number];
}

/** @param lines of the result, without their ends */
export function slotsOf(lines: readonly string[]): Slot[] {
  return [...lines, undefined].map((text) => ({
    text,
    added: 0,
    lost: [],
    shown: false,
    withoutLost: false,
    next: [1, 1],
  }));
}

/**
 * @param hunks that lead from the parent to the result
 * @returns the number of the line after the parent's last one
 */
export function addParent(slots: Slot[], parent: 0 | 1, hunks: readonly Hunk[]): number {
  const bit = 1 << parent;
  const lost = new Map<Slot, LostLine[]>();
  for (const { start, count, removed } of hunks) {
    // Where nothing is in their place, the lines were lost after the line of that number.
    const slot = slots[count === 0 ? start : start - 1];
    if (slot && removed.length > 0)
      lost.set(
        slot,
        removed.map((text) => ({ text, parents: bit })),
      );
    for (let at = start - 1; at < start - 1 + count; at += 1) {
      const added = slots[at];
      if (added) added.added |= bit;
    }
  }
  let next = 1;
  for (const slot of slots) {
    slot.next[parent] = next;
    slot.lost = coalesce(slot.lost, lost.get(slot) ?? [], bit);
    next += slot.lost.filter(({ parents }) => parents & bit).length;
    if (slot.text !== undefined && !(slot.added & bit)) next += 1;
  }
  return next;
}

/** Lines that both parents lost at one place, in the longest order that both had them in, are lost once. */
function coalesce(base: LostLine[], others: LostLine[], bit: number): LostLine[] {
  if (base.length === 0 || others.length === 0) return base.length === 0 ? others : base;
  if (base.length * others.length > MAX_COMPARED) throw new Unsuited('wide-change');
  const steps = lcsSteps(base, others);
  const found: LostLine[] = [];
  let [i, j] = [base.length, others.length];
  while (i > 0 || j > 0) {
    const step = steps[i]?.[j];
    const line = step === 'other' ? others[j - 1] : base[i - 1];
    if (step !== 'base') j -= 1;
    if (step !== 'other') i -= 1;
    if (line === undefined) continue;
    if (step === 'both') line.parents |= bit;
    found.push(line);
  }
  return found.toReversed();
}

type Step = 'base' | 'other' | 'both';

function lcsSteps(base: readonly LostLine[], others: readonly LostLine[]): readonly (readonly Step[])[] {
  const steps: Step[][] = [['base', ...others.map((): Step => 'other')]];
  let above = Array.from({ length: others.length + 1 }, () => 0);
  for (const line of base) {
    const lengths = [0];
    const row: Step[] = ['base'];
    for (const [j, other] of others.entries()) {
      const [left = 0, up = 0, corner = 0] = [lengths[j], above[j + 1], above[j]];
      row.push(line.text === other.text ? 'both' : left >= up ? 'other' : 'base');
      lengths.push(line.text === other.text ? corner + 1 : Math.max(left, up));
    }
    steps.push(row);
    above = lengths;
  }
  return steps;
}
