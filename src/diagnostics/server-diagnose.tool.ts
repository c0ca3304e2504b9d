import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsIn, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';

import { READ } from '../tools/annotations.js';
import { ChoiceField, Optional } from '../tools/fields/field.decorators.js';
import { type CatalogTool, type ToolAnswer } from '../tools/tool.js';
import { Describe } from '../validation/dto/dto.decorators.js';
import { Diagnosis } from './diagnosis.service.js';
import { type Finding, type Section, SECTIONS, VERDICTS, type Verdict } from './finding.js';

const PATIENCE_MS = 20_000;

export class ServerDiagnoseInput {
  @ChoiceField('Only this part of the diagnosis; every part if left out', SECTIONS)
  @Optional()
  section?: Section;

  @Describe('Tell of what is in order too; by default only of what is not')
  @IsBoolean()
  @Optional()
  all: boolean = false;
}

export class FindingOutput {
  @IsString()
  check: string;

  @IsIn([...VERDICTS])
  verdict: Verdict;

  @IsString()
  summary: string;

  @Describe('What the verdict rests on')
  @IsObject()
  figures: Record<string, unknown>;

  @Describe('The likely cause, where something is wrong')
  @IsOptional()
  @IsString()
  cause?: string;

  @Describe('Ways out: a setting, a command or an admin call each; for an operator to take')
  @IsArray()
  @IsString({ each: true })
  cures: string[];
}

export class ServerDiagnoseOutput {
  @IsIn([...VERDICTS])
  verdict: Verdict;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => FindingOutput)
  findings: FindingOutput[];
}

/** Answered without a place in the queue of operations: it has to work when they do not. */
@Injectable()
export class ServerDiagnoseTool implements CatalogTool<ServerDiagnoseInput, ServerDiagnoseOutput> {
  readonly spec = {
    name: 'server_diagnose',
    title: 'Diagnose this server',
    description:
      'Says what is wrong with this git server and what an operator can do about it: latency, memory, sessions, circuits, git and more, each with the figures behind it. Use it when calls fail or are slow for no reason that their own errors give. It changes nothing.',
    scopes: ['admin'],
    access: 'none',
    network: false,
    annotations: READ,
    input: ServerDiagnoseInput,
    output: ServerDiagnoseOutput,
  } as const;

  constructor(private readonly diagnosis: Diagnosis) {}

  async answer({ section, all }: ServerDiagnoseInput): Promise<ToolAnswer<ServerDiagnoseOutput>> {
    const { verdict, findings } = await this.diagnosis.run(AbortSignal.timeout(PATIENCE_MS), section);
    const told = findings.filter((finding) => all || finding.verdict !== 'ok').map(output);
    const lines = told.flatMap(({ check, verdict: of, summary, cause, cures }) => [
      `${of}: ${check}: ${summary}`,
      ...(cause === undefined ? [] : [`  cause: ${cause}`]),
      ...cures.map((cure) => `  cure: ${cure}`),
    ]);
    const text = [`${findings.length} checks: ${verdict}`, ...lines].join('\n');
    return { text, structured: { verdict, findings: told } };
  }
}

function output({ check, verdict, summary, figures, cause, cures = [] }: Finding): FindingOutput {
  return {
    check,
    verdict,
    summary,
    figures,
    ...(cause !== undefined && { cause }),
    cures: cures.map(({ what, command, setting }) => [what, command ?? setting].filter(Boolean).join(': ')),
  };
}
