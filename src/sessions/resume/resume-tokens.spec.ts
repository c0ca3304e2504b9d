import { beforeEach, describe, expect, it } from 'vitest';

import { readToken, ResumeTokens } from './resume-tokens.js';

const SESSION = '0b0e7f3c-5d86-4a83-9a1e-0d3f5b1f8f11';

function secretOf(token: string): string {
  return readToken(token)?.secret ?? '';
}

describe('Resume tokens', () => {
  let tokens: ResumeTokens;
  let first: string;

  beforeEach(() => {
    tokens = new ResumeTokens();
    first = secretOf(tokens.issue(SESSION));
  });

  it('name their session and hold a secret that is nowhere stored', () => {
    const token = tokens.issue(SESSION);

    expect(readToken(token)?.sessionId).toBe(SESSION);
    expect(JSON.stringify(tokens.digests)).not.toContain(secretOf(token));
  });

  it('serve both until the client has shown that it has the new one, and then only that', () => {
    const second = secretOf(tokens.issue(SESSION));
    expect(tokens.accept(first)).toBe(true);

    tokens.confirm();

    expect([tokens.accept(first), tokens.accept(second)]).toEqual([false, true]);
  });

  it('die with the one before them once the new one is used', () => {
    const second = secretOf(tokens.issue(SESSION));

    expect([tokens.accept(second), tokens.accept(first)]).toEqual([true, false]);
  });

  it('replace an offer that the client never got', () => {
    const lost = secretOf(tokens.issue(SESSION));
    const found = secretOf(tokens.issue(SESSION));

    expect([tokens.accept(lost), tokens.accept(first), tokens.accept(found)]).toEqual([false, true, true]);
  });

  it('are known again from their digests', () => {
    const second = secretOf(tokens.issue(SESSION));

    const restored = new ResumeTokens(tokens.digests);

    expect([restored.accept(first), restored.accept(second), restored.accept(first)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each([
    '',
    'x',
    `${SESSION}.short`,
    `${SESSION}.${'a'.repeat(44)}`,
    `../../etc/passwd.${'a'.repeat(43)}`,
  ])('are not taken for what %j is', (text) => {
    expect(readToken(text)).toBeUndefined();
  });
});
