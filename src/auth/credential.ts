import { ServerError } from '../shared/errors/index.js';
import { type Principal } from '../shared/principal.js';

/** A token that was found to be good. */
export interface Credential {
  readonly principal: Principal;
  /** Milliseconds since 1970; infinite where the token does not expire. */
  readonly expiresAtMs: number;
}

export interface CredentialVerifier {
  /**
   * Answers at once where it need not ask anybody.
   *
   * @throws ServerError `authentication_failed`; `temporary_resource_unavailable` where nobody can say now
   */
  verify(token: string): Credential | Promise<Credential>;
}

/** The same text for whatever is wrong with a token: a stranger learns nothing from it. */
export function notAuthenticated(cause?: unknown): ServerError {
  return new ServerError(
    'authentication_failed',
    'the token is not known or has expired; ask the operator for a valid one',
    cause === undefined ? {} : { cause },
  );
}
