import { Type } from 'class-transformer';
import { IsArray, IsString, ValidateNested } from 'class-validator';

import { type ChosenChange } from '../../git/hunks/hunk.writer.js';
import { type Plan } from '../changes/plan.js';
import { type ToolAnswer } from '../tool.js';
import { listing, OmittedField, omittedOutput } from './listing.js';
import { pathsText } from './paths.output.js';

export class ChosenHunkOutput {
  @IsString()
  id: string;

  @IsString()
  path: string;
}

export class ChosenHunksOutput {
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ChosenHunkOutput)
  hunks: ChosenHunkOutput[];

  @OmittedField()
  omitted?: number;
}

export function chosenAnswer(done: string, changes: readonly ChosenChange[]): ToolAnswer<ChosenHunksOutput> {
  const { shown, omitted } = listing(changes);
  return { text: chosenText(done, changes), structured: { hunks: [...shown], ...omittedOutput(omitted) } };
}

export function chosenPlan(done: string, action: string, changes: readonly ChosenChange[]): Plan {
  return {
    text: chosenText(done, changes),
    effects: changes.map(({ id, path }) => ({ action, subject: path, from: id })),
  };
}

function chosenText(done: string, changes: readonly ChosenChange[]): string {
  return pathsText(
    `${done} hunks of`,
    changes.map(({ id, path }) => `${path} (${id})`),
  );
}
