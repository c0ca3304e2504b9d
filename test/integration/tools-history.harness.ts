import { type GitRepository } from '../support/git-repository.js';

const START = 1_700_000_000;
const block = (name: string) =>
  Array.from({ length: 6 }, (_, at) => `  ${name} line ${at} that is long enough to be found again`).join(
    '\n',
  );

/** What `bytes.bin` holds. */
export const BINARY = Buffer.from([0, 1, 2, 255, 254, 10, 13, 0, 7]);

/**
 * Functions that were changed, formatted, moved and copied, in a file that got another name, and files of other kinds.
 *
 * @returns the ids of the commits by their subjects
 */
export function commitHistory(repo: GitRepository): Readonly<Record<string, string>> {
  const shas: Record<string, string> = {};
  const commit = (subject: string, files: Record<string, string | Buffer | null>) => {
    const at = START + Object.keys(shas).length * 3_600;
    shas[subject] = repo.commitFiles(subject, files, at);
  };
  const code = (end: string) =>
    `function one() {\n${block('one')}\n}\n\nfunction two() {\n${block('two')}\n}\n${end}`;
  commit('first', {
    'a.js': code(''),
    'other.js': `${block('other')}\n`,
    'b.md': 'one\n',
    'empty.txt': '',
  });
  commit('second', { 'a.js': code('end\n'), 'b.md': 'two\n' });
  commit('formatted', { 'a.js': code('end\n').replaceAll('  one', '\tone') });
  commit('moved', {
    'a.js': `${block('two')}\n${code('end\n').replaceAll('  one', '\tone')}${block('other')}\n`,
  });
  commit('renamed', { 'a.js': null, 'lib/a.js': repo.read('a.js'), 'b.md': 'three\n' });
  commit('bytes', {
    'bytes.bin': BINARY,
    'latin.txt': Buffer.from('caf\xe9\nline\n', 'latin1'),
    'b.md': 'four\n',
  });
  commit('listed', {
    '.git-blame-ignore-revs': `# only forms\n${shas['formatted']} # so\n\n${'0'.repeat(40)}\n`,
  });
  commit('many', Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`many/${at}`, `${at}\n`])));
  return shas;
}
