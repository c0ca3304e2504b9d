import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { MessageProgram } from '../../validation/message-program.js';

const MAX_DEPTH = 8;

/** Checks the body or the query of an admin call against its class: strictly, since a mistyped field here does harm. */
@Injectable()
export class BodyPipe implements PipeTransform {
  private readonly programs = new Map<Type<object>, MessageProgram<object>>();

  /** @throws ServerError `validation_failed` naming each field */
  transform(value: unknown, { metatype }: ArgumentMetadata): object {
    if (metatype === undefined) throw new Error('an admin body has a class');
    const program = this.programOf(metatype as Type<object>);
    const plain = typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
    if (program.accepts(plain)) return program.create(plain);
    const issues = program.explain(plain, false);
    if (issues.length === 0) return program.create(plain);
    const message = 'the fields of the call do not fit; details name each one';
    throw new ServerError('validation_failed', message, { details: issues });
  }

  private programOf(dto: Type<object>): MessageProgram<object> {
    const program = this.programs.get(dto) ?? new MessageProgram(dto, dto.name, MAX_DEPTH);
    this.programs.set(dto, program);
    return program;
  }
}
