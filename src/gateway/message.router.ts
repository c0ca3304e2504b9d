import { Inject, Injectable, Logger } from '@nestjs/common';

import { type Session } from '../sessions/session.js';
import { CLOCK, type Clock } from '../shared/clock.js';
import { type FieldIssue, ServerError } from '../shared/errors/index.js';
import { AccessRule } from './access.rule.js';
import { ErrorReply } from './error.reply.js';
import { type GatewaySocket } from './gateway-socket.js';
import { type Answer } from './message-handler.js';
import { identifierOf } from './message-id.js';
import { MessageReader, type Route } from './message.reader.js';
import { RefusedFrames } from './refused-frames.js';

/** A valid message on its way to its handler. */
interface Incoming {
  readonly session: Session;
  readonly route: Route;
  readonly id: string;
  readonly warnings: readonly FieldIssue[];
  /** When its frame arrived. */
  readonly since: number;
}

/** Leads each message to its handler, and sees to it that a request gets exactly one answer, whatever happens. */
@Injectable()
export class MessageRouter {
  private readonly logger = new Logger(MessageRouter.name);

  constructor(
    private readonly reader: MessageReader,
    private readonly access: AccessRule,
    private readonly replies: ErrorReply,
    private readonly refused: RefusedFrames,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  route(socket: GatewaySocket, session: Session, text: string): void {
    let plain: unknown;
    let route: Route | undefined;
    let read = false;
    try {
      plain = this.reader.parse(text);
      route = this.reader.routeOf(plain);
      this.access.check(session, route?.handler.open ?? false);
      if (route === undefined) throw this.reader.unknownType(plain);
      const { value, warnings } = this.reader.validate(route, plain);
      socket.refusedInRow = 0;
      read = true;
      this.use(session, route);
      const { lastHeardAt: since } = session;
      this.serve({ session, route, id: value.id, warnings, since }, route.handler.handle(session, value));
    } catch (error) {
      (route?.tally ?? this.reader.unknown).error += 1;
      this.replies.send(session, identifierOf(plain), error);
      if (!read && isRefusal(error)) this.refused.count(socket, session);
    }
  }

  private use(session: Session, { handler }: Route): void {
    if (handler.idle !== true) session.touch(this.clock.monotonicMs());
    if (session.principal !== undefined) session.activate();
  }

  private serve(incoming: Incoming, answer: Answer | undefined | Promise<Answer>): void {
    if (answer instanceof Promise) {
      answer.then(
        (settled) => this.deliver(incoming, settled),
        (error: unknown) => this.fail(incoming, error),
      );
    } else {
      this.deliver(incoming, answer);
    }
  }

  // It never throws: what failed here has been answered already, or has nobody left to answer to.
  private deliver(incoming: Incoming, answer: Answer | undefined): void {
    const { tally } = incoming.route;
    tally.ok += 1;
    tally.latency.record(this.clock.monotonicMs() - incoming.since);
    if (answer === undefined) return;
    try {
      send(incoming, answerFrame(incoming, answer));
      answer.afterwards?.();
    } catch (error) {
      this.logger.error('An answer could not be delivered', { session_id: incoming.session.id, err: error });
    }
  }

  private fail({ session, route, id, since }: Incoming, error: unknown): void {
    route.tally.error += 1;
    route.tally.latency.record(this.clock.monotonicMs() - since);
    this.replies.send(session, id, error);
  }
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof ServerError &&
    (error.code === 'validation_failed' || error.code === 'unknown_message_type')
  );
}

function send({ session, route, id }: Incoming, frame: string): void {
  if (route.handler.unnumbered !== true) return session.deliver(frame, id);
  // Whoever hears of a later request knows that the ones before it have arrived, and may rely on their answers.
  session.continuity?.journal.settle();
  session.connection.sendText(frame);
}

function answerFrame({ route, id, warnings }: Incoming, answer: Answer): string {
  const all = answer.warnings === undefined ? warnings : [...warnings, ...answer.warnings];
  const tail = all.length === 0 ? '}' : `,"warnings":${JSON.stringify(all)}}`;
  return `{"type":"${route.handler.answerType}","id":${JSON.stringify(id)},${answer.fields}${tail}`;
}
