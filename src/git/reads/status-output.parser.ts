import { type RepositoryStatus, type StatusEntry } from '../git-reads.port.js';

type Status = Omit<RepositoryStatus, 'operation'>;
type Header = Omit<Status, 'entries'>;

/** Reads `git status --porcelain=v2 --branch -z`. */
export function parseStatus(output: string): Status {
  const fields = output.split('\0');
  let header: Header = { branch: null, head: null };
  const entries: StatusEntry[] = [];
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? '';
    if (field.startsWith('# ')) header = { ...header, ...headerOf(field) };
    // Where a rename came from is a field of its own.
    else if (field.startsWith('2 ')) entries.push({ ...entryOf(field, 9), from: fields[(at += 1)] ?? '' });
    else if (field.startsWith('1 ')) entries.push(entryOf(field, 8));
    else if (field.startsWith('u ')) entries.push(entryOf(field, 10));
    else if (field.startsWith('? ')) entries.push({ path: field.slice(2), index: '?', worktree: '?' });
  }
  return { ...header, entries };
}

function headerOf(field: string): Partial<Header> {
  const [, key = '', value = ''] = /^# (\S+) (.*)$/s.exec(field) ?? [];
  if (key === 'branch.oid') return { head: value === '(initial)' ? null : value };
  if (key === 'branch.head') return { branch: value === '(detached)' ? null : value };
  if (key === 'branch.upstream') return { upstream: value };
  const counts = key === 'branch.ab' ? /^\+(\d+) -(\d+)$/.exec(value) : null;
  return counts ? { ahead: Number(counts[1]), behind: Number(counts[2]) } : {};
}

/** @param before how many fields stand before the path, which may itself hold spaces */
function entryOf(field: string, before: number): StatusEntry {
  const parts = field.split(' ');
  const letters = parts[1] ?? '..';
  return { path: parts.slice(before).join(' '), index: letters.charAt(0), worktree: letters.charAt(1) };
}
