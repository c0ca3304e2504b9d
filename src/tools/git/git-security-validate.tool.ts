import { Injectable } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsIn, IsOptional, IsString, ValidateNested } from 'class-validator';

import { type Repository } from '../../git/repository.js';
import { type SecurityFinding } from '../../git/security/finding.js';
import { SecurityInspector } from '../../git/security/security.inspector.js';
import { Describe } from '../../validation/dto/dto.decorators.js';
import { READ } from '../annotations.js';
import { RepositoryInput } from '../fields/repository.input.js';
import { listing, OmittedField, omittedOutput, omittedText } from '../outputs/listing.js';
import { type RepositoryContext, type RepositoryTool, type ToolAnswer } from '../tool.js';

export class GitSecurityValidateInput extends RepositoryInput {}

export class SecurityFindingOutput implements SecurityFinding {
  @Describe('Where it stands')
  @IsIn(['config', 'hook', 'attributes', 'layout', 'submodule', 'remote', 'worktree'])
  source: SecurityFinding['source'];

  @Describe('A key, or a path')
  @IsString()
  subject: string;

  @Describe('It runs a program, reads what is not the repository’s, leads elsewhere, or exposes a secret')
  @IsIn(['runs', 'reads', 'leads', 'exposes'])
  danger: SecurityFinding['danger'];

  @Describe('What plain git would do')
  @IsString()
  effect: string;

  @Describe('What happens here: active means that it counts')
  @IsIn(['neutralised', 'refused', 'unused', 'active', 'shown'])
  treatment: SecurityFinding['treatment'];

  @IsString()
  how: string;

  @Describe('What it names, cut')
  @IsOptional()
  @IsString()
  value?: string;
}

export class GitSecurityValidateOutput {
  @Describe('clean: nothing was found; contained: nothing of it has an effect here; active: some of it has')
  @IsIn(['clean', 'contained', 'active'])
  verdict: 'clean' | 'contained' | 'active';

  @Describe(
    'By git.trustedRoots: hooks, filters, merge drivers and signing programs of trusted repositories run',
  )
  @IsIn(['trusted', 'untrusted'])
  trust: Repository['trust'];

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => SecurityFindingOutput)
  findings: SecurityFindingOutput[];

  @OmittedField()
  omitted?: number;
}

@Injectable()
export class GitSecurityValidateTool implements RepositoryTool<
  GitSecurityValidateInput,
  GitSecurityValidateOutput
> {
  readonly spec = {
    name: 'git_security_validate',
    title: 'Find what is dangerous in a repository',
    description:
      'Says what in a repository would run programs, read foreign files, lead elsewhere or expose secrets when plain git is used: configuration, hooks, attributes, alternates, links, submodules, URLs of remotes, work trees. Each finding says what this server does about it. Runs none of it. git_security_enforce removes what was found.',
    toolset: 'maintain',
    scopes: ['git:read'],
    access: 'read',
    network: false,
    annotations: READ,
    input: GitSecurityValidateInput,
    output: GitSecurityValidateOutput,
  } as const;

  constructor(private readonly inspector: SecurityInspector) {}

  async run(
    _input: GitSecurityValidateInput,
    { repository }: RepositoryContext,
    signal: AbortSignal,
  ): Promise<ToolAnswer<GitSecurityValidateOutput>> {
    const all = await this.inspector.inspect(repository, signal);
    const { shown, omitted } = listing(all);
    const verdict = verdictOf(all);
    const { trust } = repository;
    const lines = [headline(verdict, trust, all.length), ...shown.map(line), ...omittedText(omitted)];
    const structured = { verdict, trust, findings: [...shown], ...omittedOutput(omitted) };
    return { text: lines.join('\n'), structured };
  }
}

function verdictOf(findings: readonly SecurityFinding[]): GitSecurityValidateOutput['verdict'] {
  if (findings.length === 0) return 'clean';
  return findings.some(({ treatment }) => treatment === 'active') ? 'active' : 'contained';
}

function headline(verdict: string, trust: string, count: number): string {
  const found = count === 1 ? '1 finding' : `${count} findings`;
  return `The repository is ${trust}. ${verdict}: ${count === 0 ? 'nothing dangerous was found.' : found}`;
}

function line({ source, subject, danger, effect, treatment, how, value }: SecurityFinding): string {
  const named = value === undefined ? '' : ` = ${value.split('\n', 1)[0]}`;
  return `- ${danger} [${source}] ${subject}${named}: ${effect}. ${treatment}: ${how}`;
}
