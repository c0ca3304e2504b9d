import { deepStrictEqual } from 'node:assert/strict';

import { GitRepository } from '../support/git-repository.js';
import { pictureOf } from '../support/repository-state.js';
import { type ToolBench } from '../support/tool-bench.js';

export type Effects = readonly {
  action: string;
  subject: string;
  from?: string | null;
  to?: string | null;
}[];

/** Files of effects, as `git diff --raw` would have them. */
export const files = (effects: Effects) =>
  effects.filter(({ subject }) => subject.endsWith('.txt')).map(({ subject, to }) => [subject, to]);

/** A repository of one commit on branch `topic`, with the tools at work on it. */
export class TopicRepository extends GitRepository {
  constructor(private readonly tools: ToolBench) {
    super({ root: tools.folder() });
    this.commitFiles('base', { 'a.txt': '1\n2\n3\n', 'b.txt': 'b\n' });
    this.git(['branch', '-m', 'topic']);
  }

  call(name: string, args: object = {}) {
    return this.tools.call(name, { repo_path: this.path, ...args });
  }

  /** What a dry run says, with proof that it changed nothing. */
  async dryRun(name: string, args: object): Promise<{ text: string; effects: Effects }> {
    const before = pictureOf(this);
    const { text, structured } = await this.call(name, { ...args, dry_run: true });
    deepStrictEqual(pictureOf(this), before);
    return { text, effects: structured['effects'] as Effects };
  }

  subjects(range: string): string[] {
    return this.git(['log', '--format=%s', range]).trim().split('\n');
  }

  /** Files that HEAD has otherwise, each with the id of its content, or null where it is gone. */
  changedSince(from: string) {
    const lines = this.git(['diff', '--raw', '--no-abbrev', '--no-renames', from, 'HEAD']).trim().split('\n');
    return lines.map((line) => {
      const [meta = '', path] = line.split('\t');
      const id = meta.split(' ')[3] ?? '';
      return [path, /^0+$/.test(id) ? null : id];
    });
  }
}
