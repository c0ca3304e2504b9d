import { type Type } from '@nestjs/common';

import { type FieldIssue } from '../shared/errors/index.js';
import { compileCheck } from './dto/compile-check.js';
import { createInstance } from './dto/create-instance.js';
import { type DtoShape, shapeOf } from './dto/dto-shape.js';
import { explain } from './dto/explain.js';
import { repair, type Repaired } from './dto/repair.js';
import { type Check } from './dto/rule-table.js';

const refuseAll: Check = () => false;

/** Everything that validation does with the messages of one class, prepared once. */
export class MessageProgram<T extends object> {
  /** True only where strict validation accepts; false decides nothing. */
  readonly accepts: Check;
  /** The same with what lenient mode lets be missing. */
  readonly acceptsLeniently: Check;
  private readonly acceptsId: Check;
  private readonly shape: DtoShape;
  private readonly mayMiss: ReadonlySet<string>;

  constructor(
    dto: Type<T>,
    /** Tells this class from all others in the cache of verdicts. */
    readonly key: string,
    maxDepth: number,
  ) {
    this.shape = shapeOf(dto);
    this.accepts = compileCheck(this.shape, { maxDepth, lenient: false }) ?? refuseAll;
    this.acceptsLeniently = compileCheck(this.shape, { maxDepth, lenient: true }) ?? refuseAll;
    const id = this.shape.fields.filter(({ name }) => name === 'id');
    this.acceptsId =
      id.length === 0
        ? refuseAll
        : (compileCheck({ ...this.shape, fields: id }, { maxDepth, lenient: false }) ?? refuseAll);
    this.mayMiss = new Set(
      this.shape.fields
        .filter(({ leniencies }) => leniencies.includes('may-be-missing'))
        .map(({ name }) => name),
    );
  }

  create(message: object): T {
    return createInstance<T>(this.shape, message);
  }

  repair(message: object): Repaired {
    return repair(this.shape, message);
  }

  /** @returns nothing where the message is accepted */
  explain(message: object, lenient: boolean): readonly FieldIssue[] {
    const issues = explain(this.shape, message);
    return lenient ? issues.filter((issue) => !this.isExcused(issue, message)) : issues;
  }

  /** Whether the id is one that changes no verdict. */
  hasValidId(message: object): boolean {
    return 'id' in message && this.acceptsId({ id: message.id });
  }

  private isExcused({ path }: FieldIssue, message: object): boolean {
    return this.mayMiss.has(path) && !(path in message);
  }
}
