import { type ClientRequest } from 'node:http';
import { type Socket } from 'node:net';

/** What the connections to a host have to carry, both ways together, in each such time; less is given up. */
export interface LeastPace {
  readonly bytes: number;
  readonly everyMs: number;
}

/**
 * Gives up requests to one host that go too slowly. A byte now and then would hold a connection for as long as the host
 * likes, so that silence alone is no measure. What counts is what all of them carry together, since they share a link,
 * and that each of them carries something.
 */
export class HostPace {
  /** Bytes of sockets that requests go over, by what had gone over them before. */
  private readonly live = new Map<Socket, number>();
  private ended = 0;

  constructor(private readonly least: LeastPace) {}

  watch(request: ClientRequest, giveUp: () => void): void {
    request.once('socket', (socket) => {
      this.live.set(socket, carriedBy(socket));
      let [before, all] = [carriedBy(socket), this.carried];
      const timer = setInterval(() => {
        const [now, allNow] = [carriedBy(socket), this.carried];
        if (now === before || allNow - all < this.least.bytes) giveUp();
        [before, all] = [now, allNow];
      }, this.least.everyMs);
      request.once('close', () => {
        clearInterval(timer);
        this.ended += carriedBy(socket) - (this.live.get(socket) ?? 0);
        this.live.delete(socket);
      });
    });
  }

  private get carried(): number {
    return [...this.live].reduce((sum, [socket, before]) => sum + carriedBy(socket) - before, this.ended);
  }
}

function carriedBy({ bytesRead, bytesWritten }: Socket): number {
  return bytesRead + bytesWritten;
}
