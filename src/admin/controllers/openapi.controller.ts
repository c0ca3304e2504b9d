import { Get, type INestApplication } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';

import { AdminController } from '../access/admin.controller.js';
import { Summary } from '../access/summary.js';
import { OpenApiDocument } from '../openapi.document.js';

@AdminController('openapi.json')
export class OpenApiController {
  constructor(
    private readonly document: OpenApiDocument,
    private readonly host: HttpAdapterHost,
    private readonly config: ApplicationConfig,
    private readonly modules: ModulesContainer,
  ) {}

  @Get()
  @Summary('This description')
  describe(): Promise<object> {
    // What the generator reads of an application, without holding one.
    const container = { getModules: () => this.modules, isGlobalModule: () => false };
    const app = { container, config: this.config, getHttpAdapter: () => this.host.httpAdapter };
    return this.document.of(app as unknown as INestApplication);
  }
}
