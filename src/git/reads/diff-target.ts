import { revisionNotFound } from './cli.reads.js';

export type DiffTarget =
  | { readonly kind: 'work-tree'; readonly revision: string }
  | { readonly kind: 'two-dots' | 'three-dots'; readonly from: string; readonly to: string };

/** Reads `A`, `A..B` and `A...B`; an end that is left out is HEAD. @throws ServerError `revision_not_found` */
export function parseDiffTarget(target: string): DiffTarget {
  const dots = /\.{2,}/.exec(target)?.[0] ?? '';
  if (dots === '') return { kind: 'work-tree', revision: target };
  const at = target.indexOf(dots);
  const [from, to] = [target.slice(0, at), target.slice(at + dots.length)];
  // Git itself takes a bare ".." for the folder above.
  if (dots.length > 3 || to.includes('..') || (from === '' && to === '')) throw revisionNotFound(target);
  return { kind: dots.length === 2 ? 'two-dots' : 'three-dots', from: from || 'HEAD', to: to || 'HEAD' };
}
