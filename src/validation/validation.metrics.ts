import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';

import { MetricsRegistry } from '../observability/metrics.registry.js';
import { MessageValidator } from './message-validator.service.js';

/** Shows the validator's counts to Prometheus. They are read at each scrape, so validation pays nothing for it. */
@Injectable()
export class ValidationMetrics implements OnModuleInit {
  constructor(
    private readonly registry: MetricsRegistry,
    private readonly validator: MessageValidator,
  ) {}

  onModuleInit(): void {
    this.registry.registerMetric(messagesOf(this.validator));
    this.registry.registerMetric(lookupsOf(this.validator));
    this.registry.registerMetric(entriesOf(this.validator));
  }
}

function messagesOf(validator: MessageValidator): Counter<'type' | 'outcome'> {
  return new Counter({
    name: 'mcp_git_validated_messages_total',
    help: 'Messages validated, by type and outcome; recovered ones were accepted by leniency',
    labelNames: ['type', 'outcome'],
    registers: [],
    collect() {
      this.reset();
      for (const [type, { successful, failed, recovered }] of Object.entries(validator.stats().byType)) {
        this.inc({ type, outcome: 'accepted' }, successful - recovered);
        this.inc({ type, outcome: 'recovered' }, recovered);
        this.inc({ type, outcome: 'refused' }, failed);
      }
    },
  });
}

function lookupsOf(validator: MessageValidator): Counter<'outcome'> {
  return new Counter({
    name: 'mcp_git_validation_cache_lookups_total',
    help: 'Lookups in the cache of validation verdicts',
    labelNames: ['outcome'],
    registers: [],
    collect() {
      const { hits, misses } = validator.cache.stats();
      this.reset();
      this.inc({ outcome: 'hit' }, hits);
      this.inc({ outcome: 'miss' }, misses);
    },
  });
}

function entriesOf(validator: MessageValidator): Gauge {
  return new Gauge({
    name: 'mcp_git_validation_cache_entries',
    help: 'Validation verdicts remembered',
    registers: [],
    collect() {
      this.set(validator.cache.stats().size);
    },
  });
}
