import { type IncomingHttpHeaders } from 'node:http';

import { ServerError } from '../../shared/errors/index.js';
import { type HostCredentialInput } from './host-credential.input.js';

const HEADER = 'X-MCP-Git-Credentials';
const ENTRY = /^(?<host>\S+)\s+(?<basic>[A-Za-z0-9+/]+={0,2})$/;

/**
 * What the header `X-MCP-Git-Credentials` says: entries separated by commas, each a host and, as `Authorization: Basic`
 * has it, the base64 of `username:secret`. Nothing where there is no such header.
 *
 * @throws ServerError `validation_failed`, which never holds the value
 */
export function credentialsOfHeaders(headers: IncomingHttpHeaders): HostCredentialInput[] | undefined {
  const header = headers[HEADER.toLowerCase()];
  const text = (Array.isArray(header) ? header.join(',') : (header ?? '')).trim();
  if (text === '') return undefined;
  return text.split(',').map((entry) => entryOf(entry.trim()));
}

function entryOf(entry: string): HostCredentialInput {
  const { host, basic } = ENTRY.exec(entry)?.groups ?? {};
  const decoded = Buffer.from(basic ?? '', 'base64').toString();
  const end = decoded.indexOf(':');
  if (host === undefined || end < 0) {
    const message = `${HEADER} holds entries of a host and the base64 of username:secret, separated by commas`;
    throw new ServerError('validation_failed', message, {
      details: [{ path: `headers.${HEADER}`, constraint: 'isCredential', message }],
    });
  }
  const username = decoded.slice(0, end);
  return { host, secret: decoded.slice(end + 1), ...(username !== '' && { username }) };
}
