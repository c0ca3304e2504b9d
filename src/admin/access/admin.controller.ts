import { applyDecorators, Controller, UseFilters, UseGuards, UseInterceptors } from '@nestjs/common';

import { AdminFilter } from './admin.filter.js';
import { AdminGuard } from './admin.guard.js';
import { AdminInterceptor } from './admin.interceptor.js';

/** A controller below /admin, with all that holds for every one of them. */
export const AdminController = (path = ''): ClassDecorator =>
  applyDecorators(
    Controller(path === '' ? 'admin' : `admin/${path}`),
    UseGuards(AdminGuard),
    UseInterceptors(AdminInterceptor),
    UseFilters(AdminFilter),
  ) as ClassDecorator;
