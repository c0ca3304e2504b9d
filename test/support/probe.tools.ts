import { setTimeout as delay } from 'node:timers/promises';

import { IsInt, IsOptional, IsString, MaxLength, Min } from 'class-validator';

import { ServerError } from '../../src/shared/errors/index.js';
import { type FreeTool, type ToolContext, type ToolSpec } from '../../src/tools/tool.js';

class EchoInput {
  @IsString()
  @MaxLength(100_000)
  text: string;
}

class EchoOutput {
  @IsString()
  text: string;
}

class WaitInput {
  @IsInt()
  @Min(0)
  ms: number;
}

class RepeatInput {
  @IsInt()
  @Min(0)
  characters: number;

  @IsOptional()
  @IsInt()
  reports?: number;
}

const ANNOTATIONS = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

function spec<I extends object>(
  name: string,
  input: new () => I,
): ToolSpec<I, EchoOutput> & { access: 'none' } {
  const common = {
    title: name,
    description: `For tests: ${name}`,
    scopes: ['git:read'] as const,
    access: 'none' as const,
  };
  return { ...common, name, network: false, annotations: ANNOTATIONS, input, output: EchoOutput };
}

/** Answers with what it was given. */
export class EchoTool implements FreeTool<EchoInput, EchoOutput> {
  readonly spec = spec('echo', EchoInput);

  run({ text }: EchoInput) {
    return Promise.resolve({ text, structured: { text } });
  }
}

/** Takes as long as it is told to, unless it is cancelled. Counts what it did. */
export class WaitTool implements FreeTool<WaitInput, EchoOutput> {
  readonly spec = spec('wait', WaitInput);
  started = 0;
  aborted = 0;

  async run({ ms }: WaitInput, _context: ToolContext, signal: AbortSignal) {
    this.started += 1;
    signal.addEventListener('abort', () => (this.aborted += 1), { once: true });
    await delay(ms, undefined, { signal });
    return { text: 'done', structured: { text: 'done' } };
  }
}

/** Answers with much text, after as many reports of progress as it is told to send. */
export class RepeatTool implements FreeTool<RepeatInput, EchoOutput> {
  readonly spec = spec('repeat', RepeatInput);

  run({ characters, reports = 0 }: RepeatInput, { progress }: ToolContext) {
    for (let current = 1; current <= reports; current += 1) progress({ current, total: reports });
    const text = 'x'.repeat(characters);
    return Promise.resolve({ text, structured: { text } });
  }
}

/** Fails with whatever it was made with. */
export class FailTool implements FreeTool<EchoInput, EchoOutput> {
  readonly spec = spec('fail', EchoInput);

  constructor(
    private readonly thrown: unknown = new ServerError('merge_conflict', 'two sides changed one line'),
  ) {}

  run(): Promise<never> {
    return Promise.reject(this.thrown as Error);
  }
}

/** Computes without letting anybody else have a turn. */
export class SpinTool implements FreeTool<WaitInput, EchoOutput> {
  readonly spec = spec('spin', WaitInput);

  run({ ms }: WaitInput) {
    spinFor(ms);
    return Promise.resolve({ text: 'done', structured: { text: 'done' } });
  }
}

function spinFor(ms: number): void {
  const end = performance.now() + ms;
  let turns = 0;
  while (performance.now() < end) for (let step = 0; step < 100_000; step += 1) turns += step % 7;
  if (turns < 0) throw new Error('never');
}
