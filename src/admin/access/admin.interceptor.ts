import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';

import { AdminAudit } from './admin.audit.js';
import { type AdminRequest, type AdminResponse } from './admin.request.js';

/** What holds for every answer: it is nobody's to keep, and it is in the log. */
@Injectable()
export class AdminInterceptor implements NestInterceptor {
  constructor(private readonly audit: AdminAudit) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    http.getResponse<AdminResponse>().setHeader('Cache-Control', 'no-store');
    return next.handle().pipe(tap(() => this.audit.end(http.getRequest<AdminRequest>(), 'ok')));
  }
}
