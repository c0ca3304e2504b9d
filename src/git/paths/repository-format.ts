export interface RepositoryFormat {
  readonly objectFormat: 'sha1' | 'sha256';
  readonly refFormat: 'files' | 'reftable';
  readonly bare: boolean;
  /** `core.worktree` as it is written. */
  readonly worktree?: string;
}

const SECTION = /^\[\s*([A-Za-z0-9.-]+)\s*("(?:[^"\\]|\\.)*")?\s*\]/;
const VARIABLE = /^([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$/;
const TRUE = new Set(['true', 'yes', 'on', '1']);

/**
 * What the file `config` of a repository says about its form. Reads only the plain syntax in which git writes these
 * keys itself: a repository that hides them elsewhere is read in the common form, and git then refuses it.
 */
export function repositoryFormat(config: string): RepositoryFormat {
  const values = plainValues(config);
  const worktree = values.get('core.worktree');
  return {
    objectFormat: values.get('extensions.objectformat') === 'sha256' ? 'sha256' : 'sha1',
    refFormat: values.get('extensions.refstorage') === 'reftable' ? 'reftable' : 'files',
    bare: TRUE.has((values.get('core.bare') ?? 'false').toLowerCase()),
    ...(worktree !== undefined && { worktree }),
  };
}

function plainValues(config: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let section = '';
  for (const raw of config.split('\n')) {
    let line = raw.trim();
    const header = SECTION.exec(line);
    if (header) {
      section = (header[1] as string).toLowerCase() + (header[2] ?? '');
      line = line.slice(header[0].length).trim();
    }
    const variable = VARIABLE.exec(line);
    if (variable) values.set(`${section}.${(variable[1] as string).toLowerCase()}`, plainValue(variable[2]));
  }
  return values;
}

// A key without a value means true.
function plainValue(text = 'true'): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(text);
  if (quoted) return (quoted[1] as string).replaceAll(/\\(.)/g, '$1');
  const end = text.search(/[#;]/);
  return (end === -1 ? text : text.slice(0, end)).trim();
}
