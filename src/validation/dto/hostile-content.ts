import { type FieldIssue } from '../../shared/errors/index.js';

/** Keys that reach an object's prototype when somebody copies or merges carelessly further on. */
const HOSTILE_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

type Fault = 'hostileKey' | 'maxDepth';

const MESSAGES: Readonly<Record<Fault, string>> = {
  hostileKey: 'the names __proto__, constructor and prototype are not allowed as fields at any depth',
  maxDepth: 'the message nests deeper than validation.maxDepth allows',
};

function faultOf(value: unknown, depth: number): Fault | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth < 1) return 'maxDepth';
  const isList = Array.isArray(value);
  for (const key in value) {
    if (!isList && HOSTILE_KEYS.has(key)) return 'hostileKey';
    const fault = faultOf((value as Readonly<Record<string, unknown>>)[key], depth - 1);
    if (fault) return fault;
  }
  return undefined;
}

/** Whether a value nests at most `depth` levels and holds no key that reaches a prototype. */
export function isTame(value: unknown, depth: number): boolean {
  return faultOf(value, depth) === undefined;
}

/**
 * Says why a message is not even looked at: it is no object, nests too deeply, or reaches for a prototype. The
 * place is left out, since in a hostile message it is as long as its author likes.
 */
export function hostileContent(message: unknown, maxDepth: number): FieldIssue | undefined {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return { path: '', constraint: 'isObject', message: 'the message must be a JSON object' };
  }
  const fault = faultOf(message, maxDepth);
  return fault && { path: '', constraint: fault, message: MESSAGES[fault] };
}
