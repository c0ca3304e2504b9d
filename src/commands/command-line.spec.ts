import { describe, expect, it } from 'vitest';

import { readCommandLine } from './command-line.js';
import { UsageError } from './usage.error.js';

describe('readCommandLine', () => {
  it('serves where no command is given', () => {
    expect(readCommandLine([])).toEqual({
      command: 'serve',
      schema: false,
      settings: [],
      words: [],
      options: {},
    });
  });

  it.each([
    [['serve'], 'serve'],
    [['config', '--schema'], 'config'],
    [['version'], 'version'],
    [['--version'], 'version'],
    [['-v'], 'version'],
    [['help'], 'help'],
    [['config', '--help'], 'help'],
    [['-h'], 'help'],
  ])('reads %j as the command %s', (words, command) => {
    expect(readCommandLine(words).command).toBe(command);
  });

  it('turns each option into the setting it mirrors', () => {
    const words = [
      '--port',
      '81',
      '--host=::1',
      '--repository',
      '/a:b',
      '--repository',
      '/c',
      '--set',
      'log.level=warn',
    ];

    expect(readCommandLine(words).settings).toEqual([
      { flag: '--set', key: 'log.level', value: 'warn' },
      { flag: '--port', key: 'server.port', value: '81' },
      { flag: '--host', key: 'server.host', value: '::1' },
      { flag: '--repository', key: 'git.roots', value: ['/a:b', '/c'] },
    ]);
  });

  it('takes what follows stdio for repositories, beside those of --repository', () => {
    expect(readCommandLine(['stdio', '/a', '--repository', '/b', '/c'])).toEqual({
      command: 'stdio',
      schema: false,
      settings: [{ flag: '--repository', key: 'git.roots', value: ['/b', '/a', '/c'] }],
      words: [],
      options: {},
    });
    expect(readCommandLine(['stdio']).settings).toEqual([]);
  });

  it('takes everything behind the first = of --set for the value', () => {
    expect(readCommandLine(['--set', 'git.identity.name=a=b=']).settings).toMatchObject([{ value: 'a=b=' }]);
  });

  it('hands on the profile and the file', () => {
    expect(readCommandLine(['config', '--profile', 'production', '--config', 'own.yaml'])).toMatchObject({
      profile: 'production',
      file: 'own.yaml',
    });
  });

  it.each([
    [['srve'], 'there is no command srve; did you mean serve?'],
    [['zzzzzz'], 'there is no command zzzzzz'],
    [['--prot', '1'], 'there is no option --prot; did you mean --port?'],
    [['--repositry=/a'], 'there is no option --repositry; did you mean --repository?'],
    [['-x'], 'there is no option -x'],
    [['serve', 'config'], 'one command is expected, config is a second one'],
    [['serve', '--schema'], '--schema belongs to the command config'],
    [['--set', 'log.level'], '--set expects KEY=VALUE, for example --set log.level=debug'],
    [['--set', '=x'], '--set expects KEY=VALUE, for example --set log.level=debug'],
  ])('refuses %j in words that help', (words, message) => {
    expect(() => readCommandLine(words)).toThrow(new UsageError(message));
  });

  it.each([[['--port']], [['--schema=yes', 'config']]])(
    'refuses %j, an option with a value missing or too much',
    (words) => {
      expect(() => readCommandLine(words)).toThrow(UsageError);
    },
  );
});
