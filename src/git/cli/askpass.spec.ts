import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import { describe, expect, it } from 'vitest';

import { startProcess } from '../spawner/start-process.js';
import { answers, askpass } from './askpass.js';

const credential = {
  origin: 'https://example.org:8443',
  username: 'ada',
  usernameIsSecret: true,
  password: 'a:b=\\c  ',
};

/** What is told to somebody who asks these questions in turn. */
async function told(...questions: readonly string[]): Promise<string> {
  const { GIT_ASKPASS = '', ...environment } = askpass(credential, undefined, undefined).environment;
  const child = startProcess({
    program: '/bin/sh',
    args: ['-c', 'for question; do "$0" "$question"; done', GIT_ASKPASS, ...questions],
    cwd: '/',
    env: { base: environment, own: {} },
    input: false,
    answers: answers(credential),
  });
  const [said] = await Promise.all([child.stdout ? text(child.stdout) : '', once(child, 'close')]);
  return said;
}

describe('The program that git asks for a credential', () => {
  const username = "Username for 'https://example.org:8443': ";
  const password = "Password for 'https://ada@example.org:8443': ";

  it('answers for its host', async () => {
    expect(await told(username, password)).toBe('ada\na:b=\\c  \n');
  });

  it.each([true, false])(
    'is asked for a name that is a secret, and only for such: %s',
    (usernameIsSecret) => {
      const { settings, environment } = askpass({ ...credential, usernameIsSecret }, undefined, undefined);

      expect(settings.flat().includes('ada')).toBe(!usernameIsSecret);
      expect(Object.values(environment)).not.toContain('ada');
    },
  );

  it('answers where the path is named as well', async () => {
    expect(await told("Username for 'https://example.org:8443/x.git': ")).toBe('ada\n');
  });

  it('answers as often as a fetch connects, and then nobody', async () => {
    expect(await told(username, password, username, password, username, password)).toBe(
      'ada\na:b=\\c  \n'.repeat(2),
    );
  });

  it.each([
    "Password for 'https://ada@example.org': ",
    "Password for 'https://ada@example.org:84430': ",
    "Password for 'https://ada@sub.example.org:8443': ",
    "Password for 'https://ada@example.org:8443.evil.com': ",
    "Password for 'http://ada@example.org:8443': ",
    "Passphrase for 'https://ada@example.org:8443': ",
    '',
  ])('does not answer %j', async (question) => {
    expect(await told(question)).toBe('');
  });
});
