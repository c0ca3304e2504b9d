import { Module } from '@nestjs/common';

import { ResourceLedger } from './resource.ledger.js';

/** What is acquired, by whom, since when. */
@Module({ providers: [ResourceLedger], exports: [ResourceLedger] })
export class ResourcesModule {}
