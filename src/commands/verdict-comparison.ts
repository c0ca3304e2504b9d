import { type Type } from '@nestjs/common';

import { type ValidationConfig } from '../config/sections/index.js';
import { type MessageHandler } from '../gateway/message-handler.js';
import { systemClock } from '../shared/clock.js';
import { type FieldIssue } from '../shared/errors/index.js';
import { type ToolRegistry } from '../tools/tool.registry.js';
import { MessageValidator } from '../validation/message-validator.service.js';

/** What one mode says. */
interface ModeVerdict {
  readonly accepted: boolean;
  /** Why it is refused. */
  readonly issues: readonly FieldIssue[];
  /** What was let pass. */
  readonly warnings: readonly FieldIssue[];
}

export interface VerdictComparison {
  readonly type: string;
  readonly strict: ModeVerdict;
  readonly lenient: ModeVerdict;
  /** Every field that one of them has something to say of. */
  readonly fields: readonly { readonly path: string; readonly strict: string; readonly lenient: string }[];
}

interface Known {
  readonly handlers: readonly MessageHandler[];
  readonly tools: ToolRegistry;
}

interface Part {
  readonly dto: Type<object>;
  readonly plain: unknown;
  /** Where it stands in the message. */
  readonly at: string;
}

/** @param text of one frame, in either dialect */
export function compareVerdicts(text: string, config: ValidationConfig, known: Known): VerdictComparison {
  const read = partsOf(text, known);
  if ('refused' in read) return sameForBoth(read.type, read.refused);
  const [strict, lenient] = (['strict', 'lenient'] as const).map((mode) => {
    const validator = new MessageValidator({ ...config, mode }, systemClock);
    return merged(read.parts.map((part) => verdictOf(validator, part)));
  }) as [ModeVerdict, ModeVerdict];
  return { type: read.type, strict, lenient, fields: fieldsOf(strict, lenient) };
}

export function renderComparison({ type, strict, lenient, fields }: VerdictComparison): string {
  const rows = [
    ['', 'strict', 'lenient'],
    [type, summary(strict), summary(lenient)],
    ...fields.map(({ path, strict: one, lenient: other }) => [path === '' ? '(message)' : path, one, other]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map(([path = '', one = '', other = '']) =>
      `${path.padEnd(widths[0] ?? 0)}  ${one.padEnd(widths[1] ?? 0)}  ${other}`.trimEnd(),
    )
    .join('\n')
    .concat('\n');
}

function summary({ accepted, warnings }: ModeVerdict): string {
  if (!accepted) return '✗ refused';
  return warnings.length > 0 ? '⚠ accepted with warnings' : '✓ accepted';
}

type Reading =
  | { readonly type: string; readonly parts: readonly Part[] }
  | { readonly type: string; readonly refused: FieldIssue };

function partsOf(text: string, { handlers, tools }: Known): Reading {
  const plain = parsed(text);
  if (plain === undefined) return refusal('unknown', '', 'isJson', 'the frame must be JSON text');
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    return refusal('unknown', '', 'isObject', 'the message must be an object');
  }
  const { type, method, jsonrpc } = plain as Record<string, unknown>;
  if (jsonrpc === '2.0') return { type: `JSON-RPC ${String(method)}`, parts: argumentsOf(plain, tools) };
  if (typeof type !== 'string') return refusal('unknown', 'type', 'isString', 'type must be a string');
  const handler = handlers.find((one) => one.type === type);
  if (!handler) return refusal(type, 'type', 'isKnown', 'type must be one of the protocol');
  const message: Part = { dto: handler.dto as Type<object>, plain, at: '' };
  return { type, parts: type === 'tools/call' ? [message, ...argumentsOf(plain, tools)] : [message] };
}

function argumentsOf(message: object, tools: ToolRegistry): readonly Part[] {
  const { params } = message as { params?: { name?: unknown; arguments?: unknown } | null };
  if (typeof params?.name !== 'string' || !tools.names().includes(params.name)) return [];
  const dto = tools.get(params.name).spec.input as Type<object>;
  return [{ dto, plain: params.arguments ?? {}, at: 'params.arguments' }];
}

function refusal(type: string, path: string, constraint: string, message: string): Reading {
  return { type, refused: { path, constraint, message } };
}

function sameForBoth(type: string, issue: FieldIssue): VerdictComparison {
  const verdict = { accepted: false, issues: [issue], warnings: [] };
  return { type, strict: verdict, lenient: verdict, fields: fieldsOf(verdict, verdict) };
}

function verdictOf(validator: MessageValidator, { dto, plain, at }: Part): ModeVerdict {
  const verdict = validator.validate(dto, plain, 'validate');
  const within = (issue: FieldIssue) => ({
    ...issue,
    path: [at, issue.path].filter((part) => part !== '').join('.'),
  });
  if (!verdict.ok) return { accepted: false, issues: verdict.issues.map(within), warnings: [] };
  return { accepted: true, issues: [], warnings: verdict.warnings.map(within) };
}

function merged(verdicts: readonly ModeVerdict[]): ModeVerdict {
  return {
    accepted: verdicts.every(({ accepted }) => accepted),
    issues: verdicts.flatMap(({ issues }) => issues),
    warnings: verdicts.flatMap(({ warnings }) => warnings),
  };
}

function fieldsOf(strict: ModeVerdict, lenient: ModeVerdict) {
  const all = [...strict.issues, ...lenient.issues, ...lenient.warnings];
  const paths = [...new Set(all.map(({ path }) => path))];
  return paths.map((path) => ({ path, strict: said(strict, path), lenient: said(lenient, path) }));
}

function said({ issues, warnings }: ModeVerdict, path: string): string {
  const issue = issues.find((one) => one.path === path);
  if (issue) return `✗ ${issue.message}`;
  const warned = warnings.find((one) => one.path === path);
  return warned ? `⚠ ${warned.message}` : '✓';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
