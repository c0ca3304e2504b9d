import { Injectable } from '@nestjs/common';

import { Authenticator } from '../../auth/authenticator.service.js';
import { type Session } from '../../sessions/session.js';
import { ServerError } from '../../shared/errors/index.js';
import { isSamePrincipal, type Principal } from '../../shared/principal.js';
import { ToolSelections } from '../../tools/selection/tool-selections.service.js';
import { type Answer, type MessageHandler, resultOf } from '../message-handler.js';
import {
  InitializeMessage,
  type InitializeParams,
  type WantedCapabilities,
} from '../messages/initialize.dto.js';
import { ServerOffer } from '../server.offer.js';

/** Authenticates where a token is given, and settles what the session may expect. It may be sent again. */
@Injectable()
export class InitializeHandler implements MessageHandler<InitializeMessage> {
  readonly type = 'initialize';
  readonly dto = InitializeMessage;
  readonly answerType = 'initialize/result';
  readonly open = true;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly offer: ServerOffer,
    private readonly selections: ToolSelections,
  ) {}

  handle(session: Session, { params }: InitializeMessage): Answer | Promise<Answer> {
    if (params?.token === undefined) return this.settle(session, params);
    const principal = this.authenticator.authenticate(params.token);
    const enter = (known: Principal) => {
      this.enter(session, known);
      return this.settle(session, params);
    };
    return principal instanceof Promise ? principal.then(enter) : enter(principal);
  }

  private settle(session: Session, params: InitializeParams | undefined): Answer {
    if (params?.tools !== undefined) {
      this.selections.assign(session, this.selections.narrowedBy(params.tools, 'params.tools'));
    }
    session.capabilities = agreed(params?.capabilities);
    if (params?.resume !== undefined) {
      throw new ServerError(
        'session_expired',
        'there is no session to resume; this one is new and ready for use',
        {
          details: { session_id: session.id },
        },
      );
    }
    return resultOf(this.offer.to(session));
  }

  // A subject may show a newer token of its own; scopes and expiry are then those of the newer one.
  private enter(session: Session, principal: Principal): void {
    if (session.principal !== undefined && !isSamePrincipal(session.principal, principal)) {
      throw new ServerError(
        'forbidden',
        'the session belongs to another principal already; connect again to change it',
      );
    }
    session.principal = principal;
    session.activate();
  }
}

/** Cancelling is served to everyone; what the server would send unasked, only to those who want it. */
function agreed({ cancellation = true, progress = false, heartbeat = false }: WantedCapabilities = {}) {
  return { cancellation, progress, heartbeat };
}
