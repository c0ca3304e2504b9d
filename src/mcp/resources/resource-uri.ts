/** What a URI names. `repository` is an absolute path; `path` is bytes, since git knows no encoding of names. */
export type ResourceAddress =
  | { readonly kind: 'HEAD' | 'branches' | 'tags' | 'status'; readonly repository: string }
  | { readonly kind: 'commit'; readonly repository: string; readonly revision: string }
  | {
      readonly kind: 'file' | 'tree';
      readonly repository: string;
      readonly revision: string;
      readonly path: Buffer;
    };

export type ResourceKindName = ResourceAddress['kind'];

const PREFIX = 'git:///';
const MAX_LENGTH = 8_192;
const UNRESERVED = /[A-Za-z0-9._~-]/;

/**
 * Reads `git:///{repository}/<kind>/…`. Repository and revision are one segment each, with `%2F` for a slash in them;
 * whatever follows is the path, whose slashes may stand as they are. No URI has two readings.
 *
 * @returns `undefined` for what is no URI of ours
 */
export function parseResourceUri(uri: string): ResourceAddress | undefined {
  if (uri.length > MAX_LENGTH || !uri.startsWith(PREFIX)) return undefined;
  const [first = '', kind = '', ...rest] = uri.slice(PREFIX.length).split('/');
  const repository = decodeText(first);
  if (repository === undefined || repository === '') return undefined;
  switch (kind) {
    case 'HEAD':
    case 'branches':
    case 'tags':
    case 'status':
      return rest.length === 0 ? { kind, repository } : undefined;
    case 'commit': {
      // The revision is the last part, so that a branch like `feature/x` needs no encoding here.
      const revision = decodeText(rest.join('/'));
      return revision ? { kind, repository, revision } : undefined;
    }
    case 'file':
    case 'tree': {
      const revision = decodeText(rest[0] ?? '');
      const path = decodeBytes(rest.slice(1).join('/'));
      return revision && path ? { kind, repository, revision, path } : undefined;
    }
    default:
      return undefined;
  }
}

/** The one spelling of an address that the server itself uses. */
export function formatResourceUri(address: ResourceAddress): string {
  const start = `${PREFIX}${encodeBytes(Buffer.from(address.repository))}/${address.kind}`;
  if (!('revision' in address)) return start;
  const named = `${start}/${encodeBytes(Buffer.from(address.revision))}`;
  if (!('path' in address)) return named;
  return `${named}/${encodeBytes(address.path).replaceAll('%2F', '/')}`;
}

function encodeBytes(bytes: Buffer): string {
  let encoded = '';
  for (const byte of bytes) {
    const letter = String.fromCharCode(byte);
    encoded += UNRESERVED.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

function decodeText(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** @returns `undefined` where a `%` stands without two hex digits */
function decodeBytes(encoded: string): Buffer | undefined {
  if (/%(?![0-9a-f]{2})/i.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded).toString('latin1');
  const decoded = bytes.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(decoded, 'latin1');
}
