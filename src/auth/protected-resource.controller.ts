import { Controller, Get, Header, NotFoundException } from '@nestjs/common';
import { type OAuthProtectedResourceMetadata } from '@modelcontextprotocol/server';

import { ProtectedResource } from './protected-resource.service.js';

/**
 * The metadata, at the place that RFC 9728 derives from the URL of `/mcp`, and at the root, where older clients look.
 * Public by its nature, so any page may read it.
 */
@Controller('.well-known/oauth-protected-resource')
export class ProtectedResourceController {
  constructor(private readonly resource: ProtectedResource) {}

  @Get(['', 'mcp'])
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=3600')
  read(): OAuthProtectedResourceMetadata {
    const { metadata } = this.resource;
    if (metadata === undefined) throw new NotFoundException('no authorization server is configured');
    return metadata;
  }
}
