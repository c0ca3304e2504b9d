import { type ToolDescriptor } from '../tool.registry.js';

/** What a word counts for, by where it stands. */
const IN_NAME = 5;
const IN_TITLE = 3;
const IN_DESCRIPTION = 1;
const FEWEST_LETTERS = 2;
/** Letters that two forms of one word share: commit, commits, committing. */
const STEM_LETTERS = 4;

/**
 * The tools that share words with a query, the best first; all of them for a query without words. Equal ones keep
 * their order.
 *
 * @returns nothing where no tool shares a word
 */
export function rankTools(tools: readonly ToolDescriptor[], query: string): readonly ToolDescriptor[] {
  const words = wordsOf(query);
  if (words.length === 0) return tools;
  return tools
    .map((tool) => ({ tool, score: scoreOf(tool, words) }))
    .filter(({ score }) => score > 0)
    .toSorted((one, other) => other.score - one.score)
    .map(({ tool }) => tool);
}

function scoreOf(
  { name, title, description, inputSchema }: ToolDescriptor,
  words: readonly string[],
): number {
  const places: readonly (readonly [readonly string[], number])[] = [
    [wordsOf(name.replace(/^git_/, '')), IN_NAME],
    [wordsOf(title), IN_TITLE],
    [wordsOf(`${description} ${Object.keys(inputSchema.properties).join(' ')}`), IN_DESCRIPTION],
  ];
  return words.reduce((sum, word) => {
    const best = places.find(([known]) => known.some((other) => isSameWord(word, other)));
    return sum + (best?.[1] ?? 0);
  }, 0);
}

function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.filter((word) => word.length >= FEWEST_LETTERS && word !== 'git');
}

function isSameWord(one: string, other: string): boolean {
  if (one === other) return true;
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.length >= STEM_LETTERS && long.startsWith(short);
}
