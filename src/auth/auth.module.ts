import { Module } from '@nestjs/common';

import { Authenticator } from './authenticator.service.js';
import { RequestPolicy } from './request-policy.service.js';

const providers = [Authenticator, RequestPolicy];

/** Who is calling, with which scopes, and from where they may call. */
@Module({ providers, exports: providers })
export class AuthModule {}
