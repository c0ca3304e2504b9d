import { type INestApplication, Injectable, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

import { jsonSchemaOf } from '../validation/dto/json-schema.js';
import { summaryOf } from './access/summary.js';
import * as bodies from './bodies/admin.bodies.js';

interface Described {
  readonly paths: Record<
    string,
    Record<string, { summary?: string; security?: unknown[]; operationId?: string }>
  >;
  components?: { schemas?: Record<string, unknown>; securitySchemes?: Record<string, unknown> };
}

/** Writes the OpenAPI document when it is first asked for: the generator is no part of starting. */
@Injectable()
export class OpenApiDocument {
  private document: Promise<Described> | undefined;

  constructor(private readonly modules: ModulesContainer) {}

  /** @param app whose routes below /admin are described */
  of(app: INestApplication): Promise<Described> {
    this.document ??= this.write(app).catch((error: unknown) => {
      this.document = undefined;
      throw error;
    });
    return this.document;
  }

  private async write(app: INestApplication): Promise<Described> {
    const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
    const head = new DocumentBuilder().setTitle('mcp-git-server: administration').addBearerAuth().build();
    const document = SwaggerModule.createDocument(app, head) as unknown as Described;
    for (const path of Object.keys(document.paths))
      if (!path.startsWith('/admin')) delete document.paths[path];
    this.summarise(document);
    const schemas = document.components?.schemas ?? {};
    for (const [name, dto] of Object.entries(bodies)) {
      if (name in schemas) schemas[name] = jsonSchemaOf(dto as Type<object>);
    }
    return document;
  }

  /** The generator names each operation after its class and method. */
  private summarise({ paths }: Described): void {
    const summaries = new Map<string, string>();
    for (const module of this.modules.values()) {
      for (const { metatype } of module.controllers.values()) {
        const { name, prototype } = metatype as Type<object>;
        for (const key of Object.getOwnPropertyNames(prototype)) {
          const summary = summaryOf((prototype as Record<string, object>)[key] ?? {});
          if (summary !== undefined) summaries.set(`${name}_${key}`, summary);
        }
      }
    }
    for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
      const summary = summaries.get(operation.operationId ?? '');
      if (summary !== undefined) operation.summary = summary;
      operation.security = [{ bearer: [] }];
    }
  }
}
