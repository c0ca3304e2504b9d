import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;
const TOKEN = /^([0-9a-f-]{36})\.([A-Za-z0-9_-]{43})$/;

/** What of the tokens is stored: SHA-256 digests, as hexadecimal digits. */
export interface TokenDigests {
  readonly current?: string;
  readonly offered?: string;
}

/**
 * The tokens that resume one session. A resume hands out a new one; until the client has shown, by its first frame on
 * the new connection, that it may have it, the old one is good as well: an answer that is lost on the way locks nobody out.
 */
export class ResumeTokens {
  private current: Buffer | undefined;
  private offered: Buffer | undefined;

  constructor({ current, offered }: TokenDigests = {}) {
    if (current !== undefined) this.current = Buffer.from(current, 'hex');
    if (offered !== undefined) this.offered = Buffer.from(offered, 'hex');
  }

  get digests(): TokenDigests {
    return {
      ...(this.current && { current: this.current.toString('hex') }),
      ...(this.offered && { offered: this.offered.toString('hex') }),
    };
  }

  /** A new token, which takes the place of one that was offered and never confirmed. */
  issue(sessionId: string): string {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    if (this.current === undefined) this.current = digestOf(secret);
    else this.offered = digestOf(secret);
    return `${sessionId}.${secret}`;
  }

  /** Whoever shows the offered token has received it, so the one before it is dead. */
  accept(secret: string): boolean {
    const digest = digestOf(secret);
    const isOffered = isSame(digest, this.offered);
    const isCurrent = isSame(digest, this.current);
    if (isOffered) this.confirm();
    return isOffered || isCurrent;
  }

  /** The client has the offered token. @returns whether that changed anything */
  confirm(): boolean {
    if (this.offered === undefined) return false;
    this.current = this.offered;
    this.offered = undefined;
    return true;
  }
}

/** @returns nothing where the text is no token of this server */
export function readToken(
  token: string,
): { readonly sessionId: string; readonly secret: string } | undefined {
  const [, sessionId, secret] = TOKEN.exec(token) ?? [];
  return sessionId === undefined || secret === undefined ? undefined : { sessionId, secret };
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function isSame(digest: Buffer, known: Buffer | undefined): boolean {
  return known !== undefined && timingSafeEqual(digest, known);
}
