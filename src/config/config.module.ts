import { type DynamicModule, Module } from '@nestjs/common';

import { AppConfig } from './app.config.js';

/** Hands each section of the frozen configuration to whoever injects its class. */
@Module({})
export class ConfigModule {
  static forRoot(config: AppConfig): DynamicModule {
    const sections = Object.values(config) as object[];
    const providers = [
      { provide: AppConfig, useValue: config },
      ...sections.map((section) => ({ provide: section.constructor, useValue: section })),
    ];
    return {
      module: ConfigModule,
      global: true,
      providers,
      exports: providers.map(({ provide }) => provide),
    };
  }
}
