/** What a client asked for in `initialize` and the server agreed to. */
export interface SessionCapabilities {
  readonly cancellation: boolean;
  readonly progress: boolean;
  readonly heartbeat: boolean;
  readonly resume: boolean;
}
