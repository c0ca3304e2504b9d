import { nameText } from '../work-tree/path-lists.js';

export interface ConflictStage {
  /** 1 base, 2 ours, 3 theirs. */
  readonly stage: number;
  readonly mode: string;
  readonly sha: string;
}

export interface MergeConflict {
  readonly path: string;
  readonly stages: readonly ConflictStage[];
}

export interface MergeMessage {
  /** `CONFLICT (contents)`, `Auto-merging`. */
  readonly type: string;
  readonly paths: readonly string[];
  readonly text: string;
}

export interface MergedTree {
  readonly tree: string;
  readonly conflicts: readonly MergeConflict[];
  readonly messages: readonly MergeMessage[];
}

const STAGE = /^(\d{6}) ([0-9a-f]+) ([123])\t([^]*)$/;

/**
 * Reads `git merge-tree --write-tree -z --messages`.
 *
 * @param output one character for each byte
 */
export function parseMergeTree(output: string, clean: boolean): MergedTree {
  const fields = output.split('\0');
  const [tree = '', ...rest] = fields;
  if (clean) return { tree, conflicts: [], messages: parseMessages(rest) };
  const end = rest.indexOf('');
  return { tree, conflicts: parseConflicts(rest.slice(0, end)), messages: parseMessages(rest.slice(end)) };
}

/** By their bytes: names that are no UTF-8 may read alike. */
function parseConflicts(records: readonly string[]): readonly MergeConflict[] {
  const stages = new Map<string, ConflictStage[]>();
  for (const record of records) {
    const [, mode = '', sha = '', stage = '0', path = ''] = STAGE.exec(record) ?? [];
    const known = stages.get(path) ?? [];
    known.push({ stage: Number(stage), mode, sha });
    stages.set(path, known);
  }
  return [...stages].map(([path, all]) => ({ path: nameText(path), stages: all }));
}

/** After an empty field: how many paths, the paths, what kind of message, the message. */
function parseMessages([, ...fields]: readonly string[]): readonly MergeMessage[] {
  const messages: MergeMessage[] = [];
  for (let at = 0; at < fields.length && fields[at] !== '';) {
    const count = Number(fields[at]);
    const paths = fields.slice(at + 1, at + 1 + count).map(nameText);
    const [type = '', text = ''] = fields.slice(at + 1 + count, at + 3 + count);
    messages.push({ type, paths, text: nameText(text).trimEnd() });
    at += 3 + count;
  }
  return messages;
}
