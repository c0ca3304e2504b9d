import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Readable } from 'node:stream';

import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { ResourceLedger } from '../resources/resource.ledger.js';
import { type StartedProcess } from './cli/run-process.js';
import { OutputLane } from './spawner/output-lane.js';
import { RemoteProcess } from './spawner/remote-process.js';
import {
  LANES,
  pipesOf,
  type SpawnerBase,
  type SpawnerMessage,
  type SpawnerOrder,
  type SpawnRequest,
} from './spawner/spawner.protocol.js';

/** Compiled, also when this file runs as it is written. */
const SPAWNER = join(import.meta.dirname, 'spawner/spawner.main.js').replace(/\/src\/git\//, '/dist/git/');
/** What a client asks first comes before; until then git is started from here. */
const WARM_UP_AFTER_MS = 150;
const ANSWERS_WITHIN_MS = 10_000;
const END_GRACE_MS = 2_000;
/** Where it cannot be kept alive, the server starts its processes itself, which it can as well. */
const MAX_LOST = 3;

/** Keeps the process that starts git in the server's place, and stays with it for as long as git runs. */
@Injectable()
export class GitSpawner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(GitSpawner.name);
  private readonly processes = new Map<number, RemoteProcess>();
  private spawner: ChildProcess | undefined;
  private readonly bases = new Map<SpawnerBase['env'], number>();
  private lanes: OutputLane[] = [];
  private freeLanes: OutputLane[] = [];
  private warmUp: NodeJS.Timeout | undefined;
  private isReady = false;
  private closed = false;
  private lost = 0;
  private lastId = 0;

  constructor(private readonly resources: ResourceLedger) {}

  onApplicationBootstrap(): void {
    this.warmUp = setTimeout(() => void this.begin(), WARM_UP_AFTER_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    clearTimeout(this.warmUp);
    const { spawner } = this;
    if (spawner === undefined) return;
    const exit = once(spawner, 'exit');
    if (spawner.connected) spawner.disconnect();
    const last = setTimeout(() => spawner.kill('SIGKILL'), END_GRACE_MS);
    await exit;
    clearTimeout(last);
  }

  get ready(): boolean {
    return this.isReady && !this.closed;
  }

  /** The id of the process, for those who look at it. */
  get pid(): number | undefined {
    return this.spawner?.pid;
  }

  /** @returns once processes can be started there */
  async begin(): Promise<void> {
    if (this.closed || this.spawner !== undefined) return;
    const spawner = forkSpawner();
    this.bases.clear();
    this.spawner = spawner;
    this.lanes = lanesOf(spawner);
    this.freeLanes = [...this.lanes];
    const resource = this.resources.acquire({ type: 'worker', label: 'git spawner', owner: 'git' });
    const ready = new Promise<void>((resolve) => {
      spawner.on('message', (message: SpawnerMessage) => {
        if ('events' in message) return this.receive(message);
        this.isReady = true;
        resolve();
      });
      spawner.once('exit', () => resolve());
      spawner.once('error', () => resolve());
    });
    spawner.once('disconnect', () => this.lose());
    const gone = () => {
      this.resources.release(resource);
      this.lose();
      this.spawner = undefined;
      if (this.closed) return;
      this.lost += 1;
      this.logger.warn('The process that starts git ended', { times: this.lost });
      if (this.lost < MAX_LOST) void this.begin();
    };
    // One that could not be started has no exit.
    if (spawner.pid === undefined) spawner.once('error', gone);
    else spawner.once('exit', gone);
    await ready;
  }

  /**
   * Only while `ready`.
   *
   * @param alone it starts no program but git, so that nobody holds its output when its group has ended: the output
   *   does not pass through the spawner then
   */
  start(request: SpawnRequest, alone: boolean): StartedProcess {
    this.lastId += 1;
    const id = this.lastId;
    const started = new RemoteProcess({
      order: (order: object) => this.order({ id, ...order } as SpawnerOrder),
      input: request.input,
      lane: alone ? this.freeLanes.pop() : undefined,
      // One of a spawner that has ended meanwhile leads nowhere.
      free: (lane) => void (this.lanes.includes(lane) && this.freeLanes.push(lane)),
    });
    this.processes.set(id, started);
    const { env, ...rest } = request;
    const start = { ...rest, base: this.tell(env.base), own: env.own };
    this.order({ id, start, output: started.output });
    this.expect(started.started);
    return started;
  }

  /** A spawner that does not answer helps nobody. */
  private expect(started: Promise<number>): void {
    const { spawner } = this;
    const timer = setTimeout(() => spawner?.kill('SIGKILL'), ANSWERS_WITHIN_MS);
    const answered = () => clearTimeout(timer);
    started.then(answered, answered);
  }

  /** @returns the number by which the spawner knows it */
  private tell(env: SpawnerBase['env']): number {
    const known = this.bases.get(env);
    if (known !== undefined) return known;
    const base = this.bases.size;
    this.bases.set(env, base);
    this.order({ base, env });
    return base;
  }

  private order(order: SpawnerOrder | SpawnerBase): void {
    // Whether it arrives shows: what is not told of the process in time is lost with the channel.
    if (this.spawner?.connected) this.spawner.send(order, () => undefined);
  }

  private receive({ events }: Extract<SpawnerMessage, { events: unknown }>): void {
    for (const event of events) {
      const started = this.processes.get(event.id);
      if ('close' in event || 'failed' in event) this.processes.delete(event.id);
      started?.receive(event);
    }
  }

  private lose(): void {
    this.isReady = false;
    for (const lane of this.lanes) lane.close();
    this.lanes = [];
    this.freeLanes = [];
    const lost = [...this.processes.values()];
    this.processes.clear();
    for (const started of lost) started.lose();
  }
}

function forkSpawner(): ChildProcess {
  return fork(SPAWNER, [], {
    env: {},
    execArgv: ['--no-deprecation'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc', ...Array.from({ length: 2 * LANES }, () => 'pipe' as const)],
  });
}

function lanesOf(spawner: ChildProcess): OutputLane[] {
  // There are none where it could not be started at all.
  const ends = spawner.stdio as ChildProcess['stdio'] | undefined;
  return Array.from({ length: LANES }, (_, lane) => {
    const pipes = pipesOf(lane).flatMap((pipe) => (ends?.[pipe] as Readable | null | undefined) ?? []);
    return new OutputLane(lane, pipes);
  });
}
