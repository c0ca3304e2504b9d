/** A place in a text where a secret stands. Never holds the secret. */
export interface SecretPlace {
  /** Of the rule set, for example `github` or `privatekey`. */
  readonly rule: string;
  /** Counted from 1. */
  readonly line: number;
  /** In UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

type Lint = (text: string, path: string) => Promise<readonly SecretPlace[]>;

const PREFIX = '@secretlint/secretlint-rule-';
/** Comments that switch rules off: whoever writes the content could let anything through, and nobody would know. */
const NOT_OF_CONTENT = `${PREFIX}filter-comments`;
/** Twelve digits after "account" identify somebody and open nothing. */
const NO_SECRET = new Set(['AWSAccountID']);
/** So much is looked at in one piece: some 20 ms at worst, since no rule of the set has an unbounded repetition. */
const PIECE = 256 * 1024;
/** Pieces overlap by this much, the longest that a key in several lines can be. */
const OVERLAP = 12 * 1024;

let loading: Promise<Lint> | undefined;

/**
 * Where secrets stand in a text, by the recommended rules of secretlint. The rules are loaded when the first text is
 * looked at; between pieces of a long text others have their turn.
 *
 * @param path by which some rules know the kind of file
 */
export async function secretsIn(
  text: string,
  path: string,
  signal: AbortSignal,
): Promise<readonly SecretPlace[]> {
  loading ??= load();
  const lint = await loading;
  const found = new Map<string, SecretPlace>();
  for (let at = 0, line = 0; at < text.length;) {
    signal.throwIfAborted();
    const end = at + PIECE >= text.length ? text.length : lineEnd(text, at + PIECE);
    for (const place of await lint(text.slice(at, end), path)) {
      const moved = {
        ...place,
        line: place.line + line,
        start: place.start + at,
        end: place.end + at,
      };
      found.set(`${moved.rule} ${moved.start}`, moved);
    }
    if (end === text.length) break;
    const next = lineEnd(text, Math.max(at + 1, end - OVERLAP));
    line += linesIn(text, at, next);
    at = next;
    await new Promise(setImmediate);
  }
  return [...found.values()].toSorted((a, b) => a.start - b.start);
}

async function load(): Promise<Lint> {
  const [{ lintSource }, { rules }, { secretLintProfiler }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
    import('@secretlint/profiler'),
  ]);
  // Made for a command that ends: it keeps every mark for good, some sixty for each file, and looks through all of them.
  secretLintProfiler.mark = () => undefined;
  const used = rules
    .filter(({ meta }) => meta.id !== NOT_OF_CONTENT)
    .map((rule) => ({ id: rule.meta.id, rule, options: { enableIDScanRule: true } }));
  return async (content, filePath) => {
    // The library makes marks of the path and looks for them later, which fails in the background for odd names.
    const source = { content, filePath: filePath.replaceAll(/[^\w./-]/g, '_'), contentType: 'text' as const };
    const { messages } = await lintSource({
      source,
      options: { config: { rules: used }, noPhysicFilePath: true, maskSecrets: true },
    });
    return messages.flatMap((message) => {
      if (message.type !== 'message' || NO_SECRET.has(message.messageId)) return [];
      const [start, end] = message.range;
      return [{ rule: message.ruleId.replace(PREFIX, ''), line: message.loc.start.line, start, end }];
    });
  };
}

/** The beginning of the line after this place; a line without an end is cut where it is. */
function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 || end - at > OVERLAP ? Math.min(at, text.length) : end + 1;
}

function linesIn(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
