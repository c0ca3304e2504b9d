import { Logger } from '@nestjs/common';
import { type TestingModule } from '@nestjs/testing';
import { IsString } from 'class-validator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type CountingLocks, type InMemoryGit } from '../../../test/support/in-memory-git.js';
import { everyone, toolsInMemory } from '../../../test/support/tool-calls.js';
import { DISCARD } from '../annotations.js';
import { type Ask, type Verdict } from '../confirmation.js';
import { DestructiveInput } from '../fields/destructive.input.js';
import { FlagField, Optional } from '../fields/field.decorators.js';
import { type RepositoryTool } from '../tool.js';
import { ToolCaller } from '../tool.caller.js';
import { ToolRegistry } from '../tool.registry.js';
import { type Plan } from './plan.js';

class WipeInput extends DestructiveInput {
  @FlagField('Everything')
  @Optional()
  all: boolean = true;
}

class WipeOutput {
  @IsString()
  done: string;
}

/** Says that it would delete what stands in `files`. */
class WipeTool implements RepositoryTool<WipeInput, WipeOutput> {
  readonly spec = {
    name: 'wipe',
    title: 'Wipe it',
    description: 'For tests: wipes everything there is',
    toolset: 'change',
    scopes: ['git:write'],
    access: 'write',
    network: false,
    annotations: DISCARD,
    input: WipeInput,
    output: WipeOutput,
  } as const;
  files = ['a', 'b'];
  runs = 0;

  needsPlan({ all }: WipeInput): boolean {
    return all;
  }

  preview(): Promise<Plan> {
    const effects = this.files.map((subject) => ({ action: 'delete', subject }));
    return Promise.resolve({ text: `Would delete ${this.files.length} files`, effects });
  }

  run() {
    this.runs += 1;
    return Promise.resolve({ text: 'Deleted', structured: { done: 'yes' } });
  }
}

describe('A call that loses something', () => {
  let module: TestingModule;
  let git: InMemoryGit;
  let locks: CountingLocks;
  let tool: WipeTool;

  const call = (args: object, ask?: Ask) =>
    module
      .get(ToolCaller)
      .call(
        'wipe',
        { repo_path: '/repos/one', ...args },
        everyone(ask && { ask }),
        new AbortController().signal,
      );
  const dryRun = async (args: object = {}) =>
    (await call({ dry_run: true, ...args })).answer.structured as { plan_token: string; effects: object[] };

  beforeEach(async () => {
    Logger.overrideLogger(false);
    ({ module, git, locks } = await toolsInMemory());
    tool = new WipeTool();
    module.get(ToolRegistry).register(tool);
  });

  afterEach(async () => {
    await module.close();
    Logger.overrideLogger(['log', 'warn', 'error']);
  });

  it('says in a dry run what it would do, without the lock, and does nothing', async () => {
    const { answer } = await call({ dry_run: true });

    expect(answer.structured).toEqual({
      dry_run: true,
      plan_token: expect.any(String) as unknown,
      effects: [
        { action: 'delete', subject: 'a' },
        { action: 'delete', subject: 'b' },
      ],
    });
    expect(answer.text).toMatch(/^Dry run, nothing was changed\. Would delete 2 files\nplan_token: /);
    expect({ runs: tool.runs, taken: locks.taken }).toEqual({ runs: 0, taken: 0 });
  });

  it.each([
    ['nothing', {}],
    ['confirm alone', { confirm: true }],
    ['a plan token alone', { plan_token: 'A'.repeat(22) }],
  ])('is refused with %s where nobody can be asked, naming both that it needs', async (_what, args) => {
    await expect(call(args)).rejects.toMatchObject({
      code: 'forbidden',
      details: { reason: 'confirmation_required', confirm: true, plan_token: true },
    });
    expect(tool.runs).toBe(0);
  });

  it('is done with confirm and the token of its dry run', async () => {
    const { plan_token } = await dryRun();

    await call({ confirm: true, plan_token });

    expect(tool.runs).toBe(1);
  });

  it('is refused where it would do something else than was planned', async () => {
    const { plan_token } = await dryRun();
    tool.files.push('c');

    await expect(call({ confirm: true, plan_token })).rejects.toMatchObject({
      code: 'operation_failed',
      details: { reason: 'plan_changed' },
    });
    expect(tool.runs).toBe(0);
  });

  it('keeps to a plan token also where none is needed', async () => {
    const { plan_token } = await dryRun({ all: false });
    tool.files.pop();

    await expect(call({ all: false, plan_token })).rejects.toMatchObject({
      details: { reason: 'plan_changed' },
    });
    await call({ all: false });
    expect(tool.runs).toBe(1);
  });

  it('shows the user the plan, who can be asked, and holds nothing meanwhile', async () => {
    const seen: unknown[] = [];
    const ask: Ask = ({ message }) => {
      seen.push(message, locks.held);
      return Promise.resolve('accepted');
    };

    await call({}, ask);

    expect(seen).toEqual([
      'Do this in the repository "one"? "Would delete 2 files": delete "a", delete "b"',
      0,
    ]);
    expect(tool.runs).toBe(1);
  });

  it.each([
    ['a no', 'declined' as Verdict, 'operation_cancelled'],
    ['a change while the user thinks', 'accepted' as Verdict, 'operation_failed'],
  ])('is not done after %s', async (_what, verdict, code) => {
    const ask: Ask = () => {
      tool.files.push('c');
      return Promise.resolve(verdict);
    };

    await expect(call({}, ask)).rejects.toMatchObject({ code });
    expect(tool.runs).toBe(0);
  });

  it.each(['1'.repeat(7), '1'.repeat(40)])(
    'is done where HEAD is at %s, as expected',
    async (expected_head) => {
      git.heads = [{ branch: 'main', head: '1'.repeat(40) }];

      await call({ all: false, expected_head });

      expect(tool.runs).toBe(1);
    },
  );

  it.each([
    ['another commit', '2'.repeat(40)],
    ['no commit', null],
  ])('is refused where HEAD is at %s, with the actual one', async (_what, head) => {
    git.heads = [{ branch: 'main', head }];
    const refused = {
      code: 'operation_failed',
      details: { reason: 'unexpected_state', expected: '1111111', actual: head },
    };

    await expect(call({ all: false, expected_head: '1111111' })).rejects.toMatchObject(refused);
    await expect(call({ dry_run: true, expected_head: '1111111' })).rejects.toMatchObject(refused);
    expect(tool.runs).toBe(0);
  });

  it('has an output schema for both of its answers', () => {
    const { outputSchema } = module
      .get(ToolRegistry)
      .descriptors(everyone().principal)
      .find(({ name }) => name === 'wipe')!;

    expect(outputSchema.required).toEqual([]);
    expect(Object.keys(outputSchema.properties)).toEqual([
      'dry_run',
      'plan_token',
      'effects',
      'omitted',
      'done',
      'operation_id',
      'truncated',
    ]);
  });
});
