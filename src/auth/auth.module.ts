import { Module } from '@nestjs/common';

import { Authenticator } from './authenticator.service.js';
import { HttpAuthentication } from './http-authentication.service.js';
import { ProtectedResource } from './protected-resource.service.js';
import { ProtectedResourceController } from './protected-resource.controller.js';
import { RequestPolicy } from './request-policy.service.js';

const providers = [Authenticator, HttpAuthentication, RequestPolicy];

/** Who is calling, with which scopes, and from where they may call. */
@Module({
  controllers: [ProtectedResourceController],
  providers: [...providers, ProtectedResource],
  exports: providers,
})
export class AuthModule {}
