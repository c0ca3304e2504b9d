/** Where the log keeps what it needs, out of the way of branches and tags. */
const ALL = 'refs/mcp-git/';

export const OPERATIONS = `${ALL}operations`;

export const operationRef = (id: string) => `${OPERATIONS}/${id}`;
/** Objects of an operation that are no commits. */
export const keptRef = (id: string, index: number) => `${ALL}kept/${id}/${index}`;
/** @param digest of the key and of whoever gave it */
export const keyRef = (digest: string) => `${ALL}keys/${digest}`;

export function isOfOperations(ref: string): boolean {
  return ref.startsWith(ALL);
}
