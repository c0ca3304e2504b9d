import { dirname, join, resolve } from 'node:path';

const root = join(import.meta.dirname, '../..');
const src = join(root, 'src/');

/**
 * Gives tests what `build.global.ts` has compiled of the sources: loading a module of the whole server again for each
 * file of tests would take longer than many of their tests.
 */
export function compiledSources() {
  return {
    name: 'compiled-sources',
    enforce: 'pre' as const,
    resolveId(source: string, importer: string | undefined) {
      if (!importer || !source.startsWith('.')) return undefined;
      const path = resolve(dirname(importer), source);
      if (!path.startsWith(src)) return undefined;
      return { id: join(root, 'dist', path.slice(src.length)), external: true };
    },
  };
}
