import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { TemporaryFolder } from '../../../test/support/temporary-folder.js';
import { GitConfig } from '../../config/sections/index.js';
import { MetricsRegistry } from '../../observability/metrics.registry.js';
import { ObjectCache } from '../object-cache.js';
import { type Repository } from '../repository.js';
import { AnswerMemory } from './answer-memory.js';
import { dependenciesOf } from './dependencies.js';

describe('The memory of answers by ids', () => {
  let folder: TemporaryFolder;
  let repository: Repository;
  let memory: AnswerMemory;
  const ask = () => memory.question<string>(repository, 'show', 'id');

  beforeEach(() => {
    folder = new TemporaryFolder();
    folder.write('.git/config', '[core]\n');
    const gitDir = join(folder.path, '.git');
    const formats = { objectFormat: 'sha1', refFormat: 'files' } as const;
    repository = {
      path: folder.path,
      gitDir,
      commonDir: gitDir,
      bare: false,
      trust: 'untrusted',
      ...formats,
    };
    memory = new AnswerMemory(new ObjectCache(new GitConfig(), new MetricsRegistry()));
  });

  afterEach(() => {
    folder.remove();
  });

  it('keeps an answer until a file that it depends on changes', () => {
    const question = ask();
    expect(question.known()).toBeUndefined();
    question.keep('plain', dependenciesOf(repository, ['a/b']), 10);
    expect(ask().known()).toBe('plain');

    folder.write('a/.gitattributes', '* diff=other\n');

    expect(ask().known()).toBeUndefined();
  });

  it('keeps none whose configuration was written after the question, though it was signed as it is now', () => {
    const question = ask();
    question.known();
    folder.write('.git/config', '[diff]\n\talgorithm = patience\n');

    expect(question.keep('plain', dependenciesOf(repository, ['a/b']), 10)).toBe('plain');
    expect(ask().known()).toBeUndefined();
  });
});
