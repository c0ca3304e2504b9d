/** One value of a configuration, as `git config --list --null` prints it. */
export interface ConfigEntry {
  /** Section and variable in lower case; the subsection keeps its case. */
  readonly key: string;
  readonly section: string;
  readonly subsection: string | undefined;
  readonly variable: string;
  /** Empty for a key without a value. */
  readonly value: string;
}

export function configEntries(listing: string): readonly ConfigEntry[] {
  return listing.split('\0').filter(Boolean).map(parseEntry);
}

/** @param key as git spells it */
export function configEntry(key: string, value: string): ConfigEntry {
  const first = key.indexOf('.');
  const last = key.lastIndexOf('.');
  return {
    key,
    section: key.slice(0, first),
    subsection: first === last ? undefined : key.slice(first + 1, last),
    variable: key.slice(last + 1),
    value,
  };
}

function parseEntry(entry: string): ConfigEntry {
  const end = entry.indexOf('\n');
  return end < 0 ? configEntry(entry, '') : configEntry(entry.slice(0, end), entry.slice(end + 1));
}
