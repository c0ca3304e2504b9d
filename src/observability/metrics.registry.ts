import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';

/**
 * One registry per application, so that several may live in one process. Each module defines its own metrics
 * on it (`registers: [registry]`), named `mcp_git_*` with base units; labels are bounded: never a session, a
 * path or a principal.
 */
@Injectable()
export class MetricsRegistry extends Registry {}
