import { type CommandRule, rule } from '../command-rule.js';

export const WORKTREE_READS: Record<string, CommandRule> = {
  'worktree list': rule({}, '--porcelain -z'),
  'sparse-checkout list': rule({}, ''),
};

const named = { names: 'end-of-options' } as const;

export const WORKTREE_WRITES: Record<string, CommandRule> = {
  'worktree add': rule(named, '--quiet --detach --no-checkout --no-guess-remote --lock --reason'),
  'worktree remove': rule(named, '--force'),
  'worktree move': rule(named, ''),
  'worktree lock': rule(named, '--reason'),
  'worktree unlock': rule(named, ''),
  'worktree prune': rule({}, '--expire'),
  'worktree repair': rule(named, ''),
  'sparse-checkout set': rule({ movesHead: true }, '--cone --no-cone --no-sparse-index --stdin'),
  'sparse-checkout add': rule({ movesHead: true }, '--stdin'),
  'sparse-checkout disable': rule({ movesHead: true }, ''),
  'sparse-checkout reapply': rule({ movesHead: true }, '--no-sparse-index'),
};
