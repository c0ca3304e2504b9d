import { Injectable } from '@nestjs/common';

import { Authenticator } from '../auth/authenticator.service.js';
import { type Session } from '../sessions/session.js';
import { ServerError } from '../shared/errors/index.js';

/** Who may send what before, and how long after, they have shown a credential. */
@Injectable()
export class AccessRule {
  constructor(private readonly authenticator: Authenticator) {}

  /**
   * @param open the message is served to everyone
   * @throws ServerError `forbidden` before authentication; `authentication_failed` once the token has expired
   */
  check({ principal }: Session, open: boolean): void {
    if (open) return;
    if (principal === undefined) {
      throw new ServerError('forbidden', 'authenticate first: send initialize with params.token');
    }
    if (!this.authenticator.valid(principal)) {
      throw new ServerError(
        'authentication_failed',
        'the token of this session has expired; connect again with a valid one',
      );
    }
  }
}
