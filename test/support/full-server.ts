import { type Tool } from '../../src/tools/tool.js';
import { eventually } from './eventually.js';
import { WaitTool } from './probe.tools.js';
import { TestClient } from './test-client.js';
import { TestServer } from './test-server.js';

/** A server with one place to run and one to wait, and a client who takes both when it is asked to. */
export class FullServer {
  private constructor(
    readonly server: TestServer,
    private readonly busy: TestClient,
    private readonly wait: WaitTool,
  ) {}

  static async start(tools: readonly Tool[]): Promise<FullServer> {
    const wait = new WaitTool();
    const resilience = { maxConcurrentOperations: 1, maxQueuedOperations: 1 };
    const server = await TestServer.start({ settings: { resilience }, tools: [...tools, wait] });
    return new FullServer(server, await TestClient.connect(server.url), wait);
  }

  async takeAllPlaces(): Promise<void> {
    for (const id of ['one', 'two'])
      this.busy.send({ type: 'tools/call', id, params: { name: 'wait', arguments: { ms: 60_000 } } });
    await this.busy.request('ping');
    await eventually(() => {
      if (this.wait.started !== 1) throw new Error('the first call does not run yet');
    });
  }

  async giveThemBack(): Promise<void> {
    await this.busy.close();
    await eventually(() => {
      if (this.server.sessions.runningOperations > 0) throw new Error('a call still runs');
    });
  }

  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.server.port}/metrics`)).text();
  }

  /** Close the other clients first. */
  async stop(): Promise<void> {
    await this.busy.close();
    await this.server.stop();
  }
}
