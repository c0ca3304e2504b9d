import { OperationExecutor } from '../../src/resilience/operation.executor.js';
import { eventually } from './eventually.js';
import { GitRepository } from './git-repository.js';
import { WaitTool } from './probe.tools.js';
import { TestClient } from './test-client.js';
import { TestServer } from './test-server.js';

/** A server whose only place to run is taken until `free`, and with room for `places` calls that wait. */
export class BusyServer {
  private constructor(
    readonly server: TestServer,
    readonly repository: GitRepository,
    private readonly busy: TestClient,
  ) {}

  static async start(places = 3): Promise<BusyServer> {
    const repository = new GitRepository();
    repository.commit('first');
    const wait = new WaitTool();
    const settings = {
      git: { roots: [repository.root] },
      resilience: { maxConcurrentOperations: 1, maxQueuedOperations: places },
    };
    const server = await TestServer.start({ settings, tools: [wait] });
    const busy = await TestClient.connect(server.url);
    busy.send({ type: 'tools/call', id: 'busy', params: { name: 'wait', arguments: { ms: 60_000 } } });
    await eventually(() => {
      if (wait.started !== 1) throw new Error('the place is not taken yet');
    });
    return new BusyServer(server, repository, busy);
  }

  get executor(): OperationExecutor {
    return this.server.app.get(OperationExecutor);
  }

  /** Settled when so many calls wait. */
  waiting(count: number): Promise<void> {
    return eventually(() => {
      const { queued } = this.executor.stats();
      if (queued !== count) throw new Error(`${queued} calls wait`);
    });
  }

  free(): Promise<void> {
    return this.busy.close();
  }

  /** Close the other clients first. */
  async stop(): Promise<void> {
    await this.busy.close();
    await this.server.stop();
    this.repository.remove();
  }
}
