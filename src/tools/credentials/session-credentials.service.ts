import { type IncomingHttpHeaders } from 'node:http';

import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { type SessionCredential } from '../../git/remotes/session-credentials.js';
import { ServerError } from '../../shared/errors/index.js';
import { MessageValidator } from '../../validation/message-validator.service.js';
import { credentialsOfHeaders } from './credentials-of-headers.js';
import { HostCredentialsInput } from './host-credential.input.js';

const NONE: readonly SessionCredential[] = [];

/**
 * The credentials that sessions bring for hosts. They are kept beside the session and nowhere else: no store has them,
 * and they go with the session. A tool never sees them, nor does a model.
 */
@Injectable()
export class SessionCredentials {
  private readonly assigned = new WeakMap<object, readonly SessionCredential[]>();

  constructor(
    private readonly config: GitConfig,
    private readonly validator: MessageValidator,
  ) {}

  of(session: object): readonly SessionCredential[] {
    return this.assigned.get(session) ?? NONE;
  }

  /**
   * Replaces those that the session brought before; nothing leaves them as they are.
   *
   * @throws ServerError `forbidden` where the operator does not want them (`git.remote.sessionCredentials`)
   */
  assign(session: object, credentials: readonly SessionCredential[] | undefined): void {
    if (credentials === undefined) return;
    this.requireWanted();
    this.assigned.set(session, credentials);
  }

  /** @throws ServerError `forbidden`, `validation_failed` */
  ofHeaders(headers: IncomingHttpHeaders): readonly SessionCredential[] | undefined {
    const told = credentialsOfHeaders(headers);
    return told && this.checked({ hosts: told }, 'headers');
  }

  /** For what nobody has looked at yet: `{hosts: […]}`. @throws ServerError `forbidden`, `validation_failed` */
  checked(told: unknown, path: string): readonly SessionCredential[] {
    this.requireWanted();
    const verdict = this.validator.validate(HostCredentialsInput, told, 'host_credentials');
    if (verdict.ok) return verdict.value.hosts;
    throw new ServerError('validation_failed', 'The credentials are not valid; details name each field', {
      details: verdict.issues.map((issue) => ({ ...issue, path: `${path}.${issue.path}` })),
    });
  }

  private requireWanted(): void {
    if (this.config.remote.sessionCredentials) return;
    throw new ServerError('forbidden', 'Sessions may not bring credentials of their own to this server', {
      details: { setting: 'git.remote.sessionCredentials' },
    });
  }
}
