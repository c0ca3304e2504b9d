import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { type Frame, TestClient } from '../../support/test-client.js';

interface Asked {
  readonly id: string;
  readonly tool: string;
  /** Of a commit. */
  readonly message?: string;
  /** A ping that was sent after it was answered on the same connection: the server has read it. */
  arrived: boolean;
}

/** Sends one request after the other, is cut off in between, comes back, and remembers what it was told. */
export class WorkingClient {
  readonly asked: Asked[] = [];
  readonly answers = new Map<string, Frame[]>();
  /** What `initialize` said of each resume. */
  readonly resumed: Frame[] = [];
  private client: TestClient | undefined;
  private stopped = false;
  private number = 0;

  private constructor(
    private readonly url: string,
    /** Of a work tree that nobody else works in. */
    private readonly path: string,
    private readonly name: string,
  ) {}

  static async begin(url: string, path: string, name: string): Promise<WorkingClient> {
    const working = new WorkingClient(url, path, name);
    working.client = await TestClient.begin(url);
    return working;
  }

  get seqs(): readonly number[] {
    return this.client?.seqs ?? [];
  }

  /** Works until the connection is gone or `stop` is called. */
  async work(): Promise<void> {
    this.stopped = false;
    try {
      while (!this.stopped) await this.step();
    } catch {
      // Cut off; what was asked is in `asked`.
    }
  }

  stop(): void {
    this.stopped = true;
  }

  cut(): void {
    this.client?.socket.terminate();
  }

  /** @returns the code with which the connection was closed, and what was said before a restart */
  async gone(): Promise<{ code: number; draining: Frame | undefined }> {
    const { client } = this;
    if (client === undefined) throw new Error('there is no connection');
    const { code } = await client.closing();
    return { code, draining: client.received.find(({ type }) => type === 'server/draining') };
  }

  /** Comes back and collects the answers to what was under way. */
  async resume(): Promise<void> {
    const before = this.client;
    if (before === undefined) throw new Error('there was no connection');
    this.collect(before);
    const { client, answer } = await TestClient.resume(this.url, before);
    this.client = client;
    this.resumed.push(answer);
    await client.request('ping');
    const deadline = performance.now() + 20_000;
    while (this.unanswered().some(({ arrived }) => arrived) && performance.now() < deadline) {
      this.collect(client);
      await pause(20);
    }
    this.collect(client);
  }

  unanswered(): readonly Asked[] {
    return this.asked.filter(({ id }) => !this.answers.has(id));
  }

  /** A write, and its answer. Whatever was under way in this work tree before it has been answered by then. */
  async commitOnce(): Promise<Frame> {
    await this.call('git_add', { files: [this.change()] });
    const answer = await this.call('git_commit', { message: this.nextMessage() });
    if (this.client !== undefined) this.collect(this.client);
    return answer;
  }

  async close(): Promise<void> {
    await this.client?.close();
  }

  private async step(): Promise<void> {
    await this.call('git_log', { max_count: 5 });
    await this.commitOnce();
  }

  private async call(tool: string, args: { message?: string; [name: string]: unknown }): Promise<Frame> {
    const { client } = this;
    if (client === undefined) throw new Error('there is no connection');
    this.number += 1;
    const id = `${this.name}_${this.number}`;
    const asked: Asked = {
      id,
      tool,
      arrived: false,
      ...(args.message !== undefined && { message: args.message }),
    };
    this.asked.push(asked);
    const params = { name: tool, arguments: { repo_path: this.path, ...args } };
    client.send({ type: 'tools/call', id, params });
    void client.request('ping').then(
      () => (asked.arrived = true),
      () => undefined,
    );
    const answer = await client.answer(id);
    this.note(id, answer);
    return answer;
  }

  private change(): string {
    const file = `${this.name}.txt`;
    writeFileSync(join(this.path, file), `${this.number} ${Math.random()}\n`);
    return file;
  }

  private nextMessage(): string {
    return `${this.name} commit ${this.number}`;
  }

  private collect(client: TestClient): void {
    for (const frame of client.received.splice(0)) {
      if (typeof frame.id === 'string' && this.asked.some(({ id }) => id === frame.id))
        this.note(frame.id, frame);
    }
  }

  private note(id: string, frame: Frame): void {
    this.answers.set(id, [...(this.answers.get(id) ?? []), frame]);
  }
}
