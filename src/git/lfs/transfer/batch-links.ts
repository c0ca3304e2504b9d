import { ServerError } from '../../../shared/errors/index.js';
import { type LfsAnswer } from './batch-answer.js';
import { type LfsServer } from './lfs-server.js';

/** What a server has said of a batch of objects. */
export interface Told {
  readonly server: LfsServer;
  readonly answers: ReadonlyMap<string, LfsAnswer>;
}

/** What a server has said of a batch of objects, and says anew where a link that it gave is refused: most expire. */
export class BatchLinks {
  private told: Promise<Told>;
  /** Where no link of what was said anew is good either, they are not refused for their age. */
  private mayAskAnew = true;

  constructor(private readonly ask: () => Promise<Told>) {
    this.told = ask();
  }

  /** @throws ServerError as asking does */
  current(): Promise<Told> {
    return this.told;
  }

  /** @param work may be done twice, then with other links; throws ServerError as `lfsRefusal` */
  async use<T>(work: (told: Told) => Promise<T>): Promise<T> {
    const { told } = this;
    const first = await told;
    try {
      return await this.with(first, work);
    } catch (error) {
      if (!isRefusedLink(error)) throw error;
      // The objects of a batch are moved at the same time, and wait for one answer.
      if (this.told === told) {
        if (!this.mayAskAnew) throw error;
        this.mayAskAnew = false;
        this.told = this.ask();
      }
      return this.with(await this.told, work);
    }
  }

  private async with<T>(told: Told, work: (told: Told) => Promise<T>): Promise<T> {
    const done = await work(told);
    this.mayAskAnew = true;
    return done;
  }
}

function isRefusedLink(error: unknown): boolean {
  const { reason } = { ...(error instanceof ServerError && error.details) } as { reason?: unknown };
  return reason === 'authentication';
}
