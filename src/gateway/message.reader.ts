import { Inject, Injectable } from '@nestjs/common';

import { type FieldIssue, ServerError } from '../shared/errors/index.js';
import { MessageValidator, type Validated } from '../validation/message-validator.service.js';
import { GatewayMetrics, type MessageTally, UNKNOWN_TYPE } from './gateway.metrics.js';
import { MESSAGE_HANDLERS, type MessageHandler } from './message-handler.js';
import { type EnvelopeMessage } from './messages/envelope.dto.js';

/** Where messages of one type go, with their tally at hand. */
export interface Route {
  readonly handler: MessageHandler;
  readonly tally: MessageTally;
}

/** Turns text into messages: JSON, an object, a known type, its class. */
@Injectable()
export class MessageReader {
  /** The tally of frames that cannot be told a type. */
  readonly unknown: MessageTally;
  private readonly routes: ReadonlyMap<string, Route>;

  constructor(
    @Inject(MESSAGE_HANDLERS) handlers: readonly MessageHandler[],
    private readonly validator: MessageValidator,
    metrics: GatewayMetrics,
  ) {
    this.unknown = metrics.tallyOf(UNKNOWN_TYPE);
    this.routes = new Map(
      handlers.map((handler) => [handler.type, { handler, tally: metrics.tallyOf(handler.type) }]),
    );
  }

  /** @throws ServerError `validation_failed` where the text is not JSON */
  parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.refusal(undefined, issue('', 'isJson', 'the frame must be JSON text'));
    }
  }

  /**
   * @returns nothing where the type is unknown
   * @throws ServerError `validation_failed` where the message is not an object with a `type`
   */
  routeOf(message: unknown): Route | undefined {
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      throw this.refusal(message, issue('', 'isObject', 'the message must be an object'));
    }
    // An own field only: what a prototype offers is not what the client sent.
    const type: unknown = Object.hasOwn(message, 'type') ? (message as { type: unknown }).type : undefined;
    if (typeof type !== 'string')
      throw this.refusal(message, issue('type', 'isString', 'type must be a string'));
    return this.routes.get(type);
  }

  /** @returns what to throw, after the statistics have been told */
  unknownType(message: unknown): ServerError {
    this.validator.refuse(message, [issue('type', 'isKnown', 'type must be one of the protocol')]);
    return new ServerError(
      'unknown_message_type',
      'this type of message is not known; docs/protocol.md lists those that are',
    );
  }

  validate({ handler }: Route, message: unknown): Extract<Validated<EnvelopeMessage>, { ok: true }> {
    const verdict = this.validator.validate(handler.dto, message, handler.type);
    if (!verdict.ok) throw validationFailed(verdict.issues);
    return verdict;
  }

  private refusal(message: unknown, ...issues: readonly FieldIssue[]): ServerError {
    this.validator.refuse(message, issues);
    return validationFailed(issues);
  }
}

function validationFailed(issues: readonly FieldIssue[]): ServerError {
  return new ServerError('validation_failed', 'the message is not valid; details say where and why', {
    details: issues,
  });
}

function issue(path: string, constraint: string, message: string): FieldIssue {
  return { path, constraint, message };
}
