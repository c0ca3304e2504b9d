import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

import { Authenticator } from '../../auth/authenticator.service.js';
import { bearerOf } from '../../auth/bearer.js';
import { RequestPolicy } from '../../auth/request-policy.service.js';
import { isLoopback } from '../../config/config-rules.js';
import { ServerError } from '../../shared/errors/index.js';
import { type Principal } from '../../shared/principal.js';
import { AdminAudit } from './admin.audit.js';
import { type AdminRequest } from './admin.request.js';

/**
 * Lets in callers with the scope `admin`; where nobody is asked for a token, only those on this machine. A request that
 * carries credentials of its own accord (cookies) there is none of, so what pages could send is refused by its Origin.
 */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    private readonly policy: RequestPolicy,
    private readonly authenticator: Authenticator,
    private readonly audit: AdminAudit,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AdminRequest>();
    this.audit.begin(request);
    this.checkSource(request);
    const principal = await this.identify(request);
    if (!principal.scopes.has('admin')) {
      throw new ServerError(
        'forbidden',
        'the token does not have the scope admin, which every admin call needs',
      );
    }
    request.principal = principal;
    return true;
  }

  private checkSource({ headers, socket }: AdminRequest): void {
    if (!this.policy.allowsHost(headers.host)) {
      throw new ServerError(
        'forbidden',
        'the Host header names a host that is not served; see gateway.allowedHosts',
      );
    }
    if (!this.policy.allowsOrigin(headers.origin)) {
      throw new ServerError('forbidden', 'pages of this Origin may not call; see gateway.allowedOrigins');
    }
    if (!this.authenticator.required && !isLoopback(socket.remoteAddress ?? '')) {
      const message = 'without authentication only this machine may call /admin; set auth.mode=token';
      throw new ServerError('forbidden', message);
    }
  }

  private async identify({ headers }: AdminRequest): Promise<Principal> {
    const token = bearerOf(headers.authorization);
    if (token === undefined && this.authenticator.required) {
      throw new ServerError(
        'authentication_failed',
        'send a token with the scope admin: Authorization: Bearer TOKEN',
      );
    }
    return this.authenticator.authenticate(token ?? '');
  }
}
