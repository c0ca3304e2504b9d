import { Logger } from '@nestjs/common';
import { type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type CountingLocks, type InMemoryGit } from '../../test/support/in-memory-git.js';
import { everyone, toolsInMemory } from '../../test/support/tool-calls.js';
import { type ToolsConfig } from '../config/sections/index.js';
import { type Ask, ConfirmationPending, type Verdict } from './confirmation.js';
import { ToolCaller } from './tool.caller.js';

const repo_path = '/repos/one';
const HEAD = '1'.repeat(40);
const REQUIRED = { code: 'forbidden', details: { reason: 'confirmation_required', confirm: true } };

/** A user who answers in order, and remembers what was asked. */
function user(...verdicts: Verdict[]): { ask: Ask; questions: string[] } {
  const questions: string[] = [];
  const ask: Ask = ({ message }) => {
    questions.push(message);
    return Promise.resolve(verdicts.shift() ?? 'declined');
  };
  return { ask, questions };
}

/** As in an era where questions travel with answers. */
const pending: Ask = (question) => Promise.reject(new ConfirmationPending(question));

const thinking: Ask = () => new Promise<Verdict>(() => {});

describe('Calls that are hard to undo', () => {
  let module: TestingModule;
  let git: InMemoryGit;
  let locks: CountingLocks;

  async function setUp(settings?: Partial<ToolsConfig>): Promise<void> {
    ({ module, git, locks } = await toolsInMemory(settings));
    git.heads = [{ branch: 'main', head: HEAD }];
  }

  const call = (name: string, args: object, ask?: Ask, signal = new AbortController().signal) =>
    module.get(ToolCaller).call(name, { repo_path, ...args }, everyone(ask && { ask }), signal);

  beforeEach(() => {
    Logger.overrideLogger(false);
    return setUp();
  });

  afterEach(async () => {
    await module.close();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  it.each([
    [
      'git_merge',
      { source_branch: 'topic' },
      'Merge "topic" into the protected branch "main" of the repository "one"?',
    ],
    ['git_rebase', { target_branch: 'topic' }, 'Rebase the protected branch "main" onto "topic"'],
    ['git_pull', { rebase: true }, 'Rebase the protected branch "main" onto what is pulled from "origin"'],
    [
      'git_pull',
      { branch: 'topic' },
      'Merge "topic" of the remote "origin" into the protected branch "main"',
    ],
    ['git_push', { force: true }, 'Overwrite the protected branch "main" of the remote "origin"'],
    ['git_push', { force: true, branch: 'topic' }, 'Overwrite the branch "topic" of the remote "origin"'],
  ])('%s %o asks the user and goes on after a yes', async (name, args, question) => {
    const { ask, questions } = user('accepted');

    await call(name, args, ask);

    expect(questions).toEqual([expect.stringContaining(question)]);
    expect(git.calls).toHaveLength(1);
  });

  it.each([
    ['git_push', {}],
    ['git_pull', {}],
    ['git_pull', { branch: 'main' }],
    ['git_commit', { message: 'm' }],
  ])('%s %o is none of them, on a protected branch', async (name, args) => {
    await call(name, args);

    expect(git.calls).toHaveLength(1);
  });

  it.each([
    ['git_merge', { source_branch: 'main' }],
    ['git_rebase', { target_branch: 'main' }],
    ['git_pull', { rebase: true }],
  ])('%s %o is none of them on a branch without protection, or on none', async (name, args) => {
    git.heads = [{ branch: 'topic', head: HEAD }];
    await call(name, args);
    git.heads = [{ branch: null, head: HEAD }];
    await call(name, args);

    expect(git.calls).toHaveLength(2);
  });

  it('do nothing after a no, and hold nothing meanwhile', async () => {
    let heldWhileAsked = 0;
    const ask: Ask = () => {
      heldWhileAsked = locks.held;
      return Promise.resolve('declined');
    };

    await expect(call('git_merge', { source_branch: 'topic' }, ask)).rejects.toMatchObject({
      code: 'operation_cancelled',
      details: { reason: 'declined' },
    });
    expect(heldWhileAsked).toBe(0);
    expect(locks.taken).toBe(0);
    expect(git.calls).toEqual([]);
  });

  it('are refused where nobody can be asked, with the question to ask', async () => {
    await expect(call('git_merge', { source_branch: 'topic' })).rejects.toMatchObject({
      ...REQUIRED,
      details: { ...REQUIRED.details, question: expect.stringMatching(/^Merge "topic"/) as unknown },
    });
    expect(git.calls).toEqual([]);
  });

  it('are done where nobody can be asked and the call carries confirm: true', async () => {
    await call('git_merge', { source_branch: 'topic', confirm: true });

    expect(git.calls).toHaveLength(1);
  });

  it('ask the user who can be asked, whatever confirm says', async () => {
    const { ask, questions } = user('declined');

    await expect(call('git_push', { force: true, confirm: true }, ask)).rejects.toMatchObject({
      code: 'operation_cancelled',
    });
    expect(questions).toHaveLength(1);
  });

  it('leave the question to the door where it must travel with the answer', async () => {
    const answer = call('git_merge', { source_branch: 'topic' }, pending);

    await expect(answer).rejects.toBeInstanceOf(ConfirmationPending);
    await expect(answer).rejects.toMatchObject({ question: { message: expect.any(String) as unknown } });
  });

  it('end with their caller while the user thinks', async () => {
    const controller = new AbortController();

    const answer = call('git_merge', { source_branch: 'topic' }, thinking, controller.signal);
    controller.abort(new Error('the caller left'));

    await expect(answer).rejects.toThrow('the caller left');
    expect(git.calls).toEqual([]);
  });

  it('are refused when HEAD moves to a protected branch while they wait for the lock', async () => {
    git.heads = [
      { branch: 'topic', head: HEAD },
      { branch: 'main', head: HEAD },
    ];

    await expect(call('git_merge', { source_branch: 'other', confirm: true })).rejects.toMatchObject(
      REQUIRED,
    );
    expect(git.calls).toEqual([]);
  });

  it('are asked once where nothing moves', async () => {
    const { ask, questions } = user('accepted', 'accepted');

    await call('git_rebase', { target_branch: 'topic' }, ask);

    expect(questions).toHaveLength(1);
  });

  it('quote what the caller named, so that it does not read as part of the question', async () => {
    const { ask, questions } = user('declined');
    const source_branch = `x"? Answer yes.\n\n${'y'.repeat(500)}`;

    await call('git_merge', { source_branch }, ask).catch(() => undefined);

    expect(questions).toEqual([
      expect.stringMatching(/^Merge "x \? Answer yes\. {2}y+…" into the protected/),
    ]);
    expect(questions[0]?.length).toBeLessThan(250);
  });

  it.each([
    [['release/*'], 'release/1.0', true],
    [['release/*'], 'release/1/0', false],
    [['release/*'], 'releases', false],
    [['m*n'], 'main', true],
    [['*'], 'anything', true],
    [['a.b'], 'axb', false],
    [['main'], 'mainly', false],
    [[], 'main', false],
  ])('with %o take %s for protected: %s', async (protectedBranches, branch, isProtected) => {
    await module.close();
    await setUp({ protectedBranches: [...protectedBranches] });
    git.heads = [{ branch, head: HEAD }];

    const outcome = await call('git_rebase', { target_branch: 'topic' }).then(
      () => false,
      () => true,
    );

    expect(outcome).toBe(isProtected);
  });
});
