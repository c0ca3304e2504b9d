import { type IncomingMessage } from 'node:http';

import { type AuthInfo } from '@modelcontextprotocol/server';

/** `auth` is where the SDK's adapters look for who is calling. */
export type McpRequest = IncomingMessage & { auth?: AuthInfo };
