import { Injectable } from '@nestjs/common';

import { Authenticator } from '../auth/authenticator.service.js';
import { type Session } from '../sessions/session.js';
import { ServerError } from '../shared/errors/index.js';
import { type Principal } from '../shared/principal.js';

/** Who may send what before, and how long after, they have shown a credential. */
@Injectable()
export class AccessRule {
  constructor(private readonly authenticator: Authenticator) {}

  /**
   * @param open the message is served to everyone
   * @throws ServerError `forbidden` before authentication; `authentication_failed` once the token has expired
   */
  check(session: Session, open: boolean): void {
    if (open) return;
    if (!this.authenticator.valid(principalOf(session))) {
      throw new ServerError(
        'authentication_failed',
        'the token of this session has expired; connect again with a valid one',
      );
    }
  }
}

/** @throws ServerError `forbidden` where the session has yet to authenticate; nobody is taken for anonymous */
export function principalOf({ principal }: Session): Principal {
  if (principal === undefined) {
    throw new ServerError('forbidden', 'authenticate first: send initialize with params.token');
  }
  return principal;
}
