/**
 * The life of a session. Each state offers the transitions that are legal from it and no others, so an illegal one
 * does not compile. States hold no data and are shared by all sessions.
 *
 * CREATED -> ACTIVE <-> PAUSED; each of them -> ERROR; everything -> CLOSING -> CLOSED.
 */
export type SessionState = Created | Active | Paused | Errored | Closing | Closed;

export type SessionStateName = SessionState['name'];

/** Connected; has said nothing yet, or has not shown a credential where one is required. */
export interface Created {
  readonly name: 'CREATED';
  activate(): Active;
  fail(): Errored;
  beginClose(): Closing;
}

export interface Active {
  readonly name: 'ACTIVE';
  pause(): Paused;
  fail(): Errored;
  beginClose(): Closing;
}

/** Serves everything but new tool calls; what was running goes on. */
export interface Paused {
  readonly name: 'PAUSED';
  resume(): Active;
  fail(): Errored;
  beginClose(): Closing;
}

/** Met a critical error; all that is left is to close. */
export interface Errored {
  readonly name: 'ERROR';
  beginClose(): Closing;
}

export interface Closing {
  readonly name: 'CLOSING';
  finishClose(): Closed;
}

export interface Closed {
  readonly name: 'CLOSED';
}

export const SESSION_STATES = ['CREATED', 'ACTIVE', 'PAUSED', 'ERROR', 'CLOSING', 'CLOSED'] as const;

const closed: Closed = Object.freeze({ name: 'CLOSED' });
const closing: Closing = Object.freeze({ name: 'CLOSING', finishClose: () => closed });
const leaving = { fail: (): Errored => errored, beginClose: () => closing };
const errored: Errored = Object.freeze({ name: 'ERROR', beginClose: () => closing });
const active: Active = Object.freeze({ name: 'ACTIVE', pause: (): Paused => paused, ...leaving });
const paused: Paused = Object.freeze({ name: 'PAUSED', resume: () => active, ...leaving });

/** Where every session starts: the only state that can be had without a transition. */
export const CREATED: Created = Object.freeze({ name: 'CREATED', activate: () => active, ...leaving });
