import { Bytes, Choice, Flag, TextList } from '../setting.decorators.js';

export const TOOLSETS = ['inspect', 'change', 'integrate', 'remote', 'worktrees', 'maintain'] as const;

/**
 * `inspect` reads; `change` stages, commits, branches; `integrate` merges and rebases; `remote` talks to others; `worktrees` decides
 * what is checked out where; `maintain` keeps repositories in order.
 */
export type Toolset = (typeof TOOLSETS)[number];

export class ToolsConfig {
  @TextList(
    'Toolsets that clients see: inspect, change, integrate, remote, worktrees, maintain; all of them means every tool',
  )
  toolsets: string[] = [...TOOLSETS];

  @Flag('Offer only tools that change nothing')
  readOnly = false;

  @TextList('Names of tools that are not offered')
  exclude: string[] = [];

  @Choice('full: every tool is listed; lean: three tools that discover, describe and run the others', [
    'full',
    'lean',
  ])
  mode: 'full' | 'lean' = 'full';

  @Bytes(
    'Bytes of an answer where a call does not say max_bytes; what does not fit is left out and said to be',
    {
      min: 1_000,
      max: 2 ** 20,
    },
  )
  maxAnswerBytes = 25_000;

  @Choice(
    'Where a call does not say response_format. json is for clients whose model sees the structured content only',
    ['text', 'json'],
  )
  responseFormat: 'text' | 'json' = 'text';

  @Flag(
    'Put the text of what is read from a repository between lines that say that it is data: BEGIN DATA and END DATA with a random number',
  )
  markData = true;

  @TextList(
    'Branches that are merged onto or rebased, and pushed to by force, only after a confirmation; * matches within a name',
  )
  protectedBranches: string[] = ['main', 'master', 'production', 'release/*'];
}
