import { Injectable } from '@nestjs/common';

import { Authenticator } from '../../auth/authenticator.service.js';
import { type Session } from '../../sessions/session.js';
import { ServerError } from '../../shared/errors/index.js';
import { isSamePrincipal, type Principal } from '../../shared/principal.js';
import { SessionCredentials } from '../../tools/credentials/session-credentials.service.js';
import { ToolSelections } from '../../tools/selection/tool-selections.service.js';
import { type ToolsWish } from '../../tools/selection/tools-wish.dto.js';
import { type Answer, type MessageHandler, resultOf } from '../message-handler.js';
import {
  InitializeMessage,
  type InitializeParams,
  type ResumeRequest,
  type WantedCapabilities,
} from '../messages/initialize.dto.js';
import { Resumption } from '../resumption.service.js';
import { ServerOffer } from '../server.offer.js';

/** Authenticates where a token is given, and settles what the session may expect. It may be sent again. */
@Injectable()
export class InitializeHandler implements MessageHandler<InitializeMessage> {
  readonly type = 'initialize';
  readonly dto = InitializeMessage;
  readonly answerType = 'initialize/result';
  readonly open = true;
  readonly unnumbered = true;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly offer: ServerOffer,
    private readonly selections: ToolSelections,
    private readonly resumption: Resumption,
    private readonly credentials: SessionCredentials,
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

  private settle(session: Session, params: InitializeParams = {}): Answer | Promise<Answer> {
    const { resume, ...wanted } = params;
    if (resume !== undefined) return this.resume(session, resume, wanted);
    this.choose(session, wanted.tools);
    this.credentials.assign(session, wanted.credentials);
    const isNumbered = session.continuity !== undefined;
    session.capabilities = agreed(wanted.capabilities, isNumbered, session.principal !== undefined);
    if (!session.capabilities.resume) return resultOf(this.offer.to(session));
    const { offer, saving } = this.resumption.offer(session);
    const answer = () => resultOf(this.offer.to(session, offer));
    return saving === undefined ? answer() : saving.then(answer);
  }

  /** What was agreed on before counts until the client asks for something else. */
  private async resume(fresh: Session, request: ResumeRequest, wanted: InitializeParams): Promise<Answer> {
    const { session, offer, replay } = await this.resumption.resume(fresh, request, (found) => {
      this.choose(found, wanted.tools ?? found.wish);
      this.credentials.assign(found, wanted.credentials);
      found.capabilities = agreed({ ...found.capabilities, ...wanted.capabilities }, true);
    });
    return { ...resultOf(this.offer.to(session, offer)), afterwards: replay };
  }

  /** @throws ServerError `validation_failed` */
  private choose(session: Session, wish: ToolsWish | undefined): void {
    if (wish === undefined) return;
    this.selections.assign(session, this.selections.narrowedBy(wish, 'params.tools'));
    session.wish = { ...wish };
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

/**
 * Cancelling is served to everyone; what the server would send unasked, only to those who want it.
 *
 * @param numbered a session whose frames have numbers keeps them
 * @param known a session that belongs to nobody yet is nobody's to resume
 */
function agreed(wanted: WantedCapabilities = {}, numbered = false, known = true) {
  const { cancellation = true, progress = false, heartbeat = false, resume = false } = wanted;
  return { cancellation, progress, heartbeat, resume: numbered || (resume && known) };
}
