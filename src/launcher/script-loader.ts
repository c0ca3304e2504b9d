import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Script } from 'node:vm';

import { compile, keepCompiled } from './code-cache.js';

type Load = (id: string) => unknown;
type Run = (
  exports: object,
  require: Load,
  module: { exports: object },
  file: string,
  folder: string,
) => void;
interface Loaded {
  readonly file: string;
  readonly source: string;
  readonly script: Script;
}

/**
 * Loads the CommonJS files of one folder, which are ASCII (V8 keeps other text in twice the memory), as Node does, but with the code cache beside each of them. They cannot import:
 * code from a cache has lost whom to ask.
 */
export class ScriptLoader {
  readonly #modules = new Map<string, { exports: object }>();
  readonly #loaded: Loaded[] = [];
  readonly #require: NodeJS.Require;

  constructor(private readonly folder: string) {
    this.#require = createRequire(join(folder, 'any.js'));
  }

  /** @param name of a file in the folder */
  load(name: string): object {
    const known = this.#modules.get(name);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    this.#modules.set(name, module);
    const file = join(this.folder, name);
    this.#compile(file)(module.exports, this.#requireOwn, module, file, this.folder);
    return module.exports;
  }

  /** Keeps what V8 has made of everything that has been loaded. */
  keepCompiled(): void {
    for (const { file, source, script } of this.#loaded) keepCompiled(file, source, script);
  }

  #compile(file: string): Run {
    // On one line, so that a stack trace counts lines as the file does.
    const source = `(function (exports, require, module, __filename, __dirname) { "use strict"; ${readFileSync(file, 'latin1')}\n})`;
    const script = compile(file, source);
    this.#loaded.push({ file, source, script });
    return script.runInThisContext() as Run;
  }

  readonly #requireOwn = Object.assign((id: string) => this.#resolve(id), {
    resolve: (id: string) => this.#require.resolve(id),
  });

  #resolve(id: string): unknown {
    return id.startsWith('./') ? this.load(id.slice('./'.length)) : this.#require(id);
  }
}
