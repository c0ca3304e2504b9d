import { request } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type INestApplication } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { AppConfig } from '../../src/config/app.config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { HealthModule } from '../../src/health/health.module.js';
import { Lifecycle } from '../../src/observability/lifecycle.service.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { BreakerRegistry } from '../../src/resilience/breaker/breaker.registry.js';
import { GitRepository } from '../support/git-repository.js';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly body: { status: string; details: Record<string, { status: string }> };
}

const KEYS = [
  'lifecycle',
  'sessions',
  'heartbeat',
  'breakers',
  'git',
  'disk',
  'scheduled_jobs',
  'event_loop',
  'memory',
];

describe('Probes', () => {
  let repository: GitRepository;
  let config: AppConfig;
  let app: INestApplication | undefined;

  beforeEach(() => {
    repository = new GitRepository();
    config = new AppConfig();
    config.git.roots = [repository.path];
    // The machine that runs the tests may be as slow as it likes.
    config.health.maxEventLoopDelay = 60_000;
    config.health.cacheTime = 0;
    config.log.level = 'fatal';
  });

  afterEach(async () => {
    await app?.close();
    app = undefined;
    repository.remove();
  });

  async function start(): Promise<INestApplication> {
    const imports = [
      ConfigModule.forRoot(config),
      ScheduleModule.forRoot(),
      ObservabilityModule,
      HealthModule,
    ];
    const module = await Test.createTestingModule({ imports }).compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    return app;
  }

  function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    if (!app) throw new Error('nothing listens yet');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return new Promise((resolve, reject) => {
      const call = request({ port, path, headers, host: '127.0.0.1', agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          const type = response.headers['content-type'] ?? '';
          const body = (type.includes('json') ? JSON.parse(text) : {}) as Answer['body'];
          resolve({ status: response.statusCode ?? 0, type, text, body });
        });
      });
      call.on('error', reject).end();
    });
  }

  it('answers 200 and shows each part of the server under a stable name', async () => {
    await start();

    const { status, body } = await get('/health');

    expect(body.details).toEqual(
      Object.fromEntries(KEYS.map((key) => [key, expect.objectContaining({ status: 'up' })])),
    );
    expect([status, body.status]).toEqual([200, 'ok']);
    expect(Object.keys(body)).toEqual(['status', 'info', 'error', 'details']);
  });

  it('finds out by letting them work that both engines work', async () => {
    await start();

    const { body } = await get('/health');

    expect(body.details['git']).toEqual({
      status: 'up',
      version: expect.stringMatching(/^\d+\.\d+/) as string,
      libgit2: 'works',
    });
  });

  it.each(['/health', '/health/live', '/health/ready', '/health/startup', '/metrics'])(
    'serves %s to any Host',
    async (path) => {
      await start();

      await expect(get(path, { host: '10.1.2.3:9999' })).resolves.toMatchObject({ status: 200 });
    },
  );

  it('tells whoever asks no path of the server', async () => {
    await start();

    const { text } = await get('/health');

    expect(text).not.toContain(repository.path);
  });

  it('still answers 200 when a part of it is only impaired', async () => {
    config.health.sessionsDegradedRatio = 0;
    await start();

    await expect(get('/health')).resolves.toMatchObject({
      status: 200,
      body: { status: 'degraded', details: { sessions: { status: 'degraded' } } },
    });
  });

  it('answers 503 when commits may not fit on the disk, and stays alive and ready for reads', async () => {
    config.health.minDiskFreeBytes = 2 ** 60;
    await start();

    await expect(get('/health')).resolves.toMatchObject({
      status: 503,
      body: { status: 'error', details: { disk: { status: 'down' } } },
    });
    await expect(get('/health/ready')).resolves.toMatchObject({ status: 200 });
    await expect(get('/health/live')).resolves.toMatchObject({ status: 200 });
  });

  it('answers 503 and is not ready when git cannot be run', async () => {
    config.git.binary = '/nonexistent/git';
    await start();

    await expect(get('/health')).resolves.toMatchObject({
      status: 503,
      body: { details: { git: { status: 'down' } } },
    });
    await expect(get('/health/ready')).resolves.toMatchObject({ status: 503 });
    await expect(get('/health/live')).resolves.toMatchObject({ status: 200 });
  });

  it('names an open circuit', async () => {
    const breakers = (await start()).get(BreakerRegistry, { strict: false });
    breakers.get('git.read');
    breakers.isolate('git.write');

    await expect(get('/health')).resolves.toMatchObject({
      status: 200,
      body: { status: 'degraded', details: { breakers: { open: ['git.write'] } } },
    });
  });

  it('is not down where the store of sessions is, and no git operation was asked for', async () => {
    const breakers = (await start()).get(BreakerRegistry, { strict: false });
    const store = breakers.get('session-store');
    while (store.status === 'closed') store.enter()('failed');

    await expect(get('/health')).resolves.toMatchObject({
      status: 200,
      body: { status: 'degraded', details: { breakers: { open: ['session-store'] } } },
    });
  });

  it('is out of service with the next probe once it drains, but alive', async () => {
    config.health.cacheTime = 60_000;
    const lifecycle = (await start()).get(Lifecycle, { strict: false });
    await expect(get('/health/ready')).resolves.toMatchObject({ status: 200 });

    lifecycle.drain();

    await expect(get('/health/ready')).resolves.toMatchObject({
      status: 503,
      body: { details: { lifecycle: { phase: 'draining' } } },
    });
    await expect(get('/health')).resolves.toMatchObject({ status: 503 });
    await expect(get('/health/live')).resolves.toMatchObject({ status: 200, body: { status: 'ok' } });
    await expect(get('/health/startup')).resolves.toMatchObject({ status: 200 });
  });

  it('is not ready while it is full and refuses', async () => {
    Object.assign(config.sessions, { max: 0, whenFull: 'refuse' });
    await start();

    await expect(get('/health/ready')).resolves.toMatchObject({
      status: 503,
      body: { details: { capacity: { status: 'down' } } },
    });
  });

  it('gives Prometheus the metrics of the process and of the server as text', async () => {
    await start();

    const { status, type, text } = await get('/metrics');

    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
      'mcp_git_event_loop_delay_p99_seconds',
      'mcp_git_operations_queued',
    ]) {
      expect(text).toMatch(new RegExp(`^${name}(\\{.*\\})? \\d`, 'm'));
    }
  });
});
