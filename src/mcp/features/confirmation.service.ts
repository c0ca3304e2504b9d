import { createHash } from 'node:crypto';

import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequiredResult,
  type RequestStateCodec,
  type Server,
  type ServerContext,
  inputRequired,
  inputResponse,
} from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';

import { principalKey } from '../../shared/principal.js';
import { type Ask, ConfirmationPending, type Question } from '../../tools/confirmation.js';
import { type McpPeer, ownerOf } from '../core/mcp-peer.js';
import { REQUEST_STATES } from '../core/request-states.js';

const KEY = 'confirm';

/** What the client carries between the question and the answer, sealed against change. */
interface AskedState {
  /** Of the caller, the call and the question: an answer to one counts for no other. */
  readonly digest: string;
}

interface Call {
  readonly server: Server;
  readonly peer: McpPeer;
  readonly tool: string;
  readonly args: unknown;
  readonly context: ServerContext;
}

/**
 * Asks the user behind the client, in both eras by the same means: the call is answered with a question, and the client
 * repeats it with the user's answer. To clients of 2025-11-25 the SDK sends the question as `elicitation/create` instead.
 */
@Injectable()
export class Confirmations {
  constructor(@Inject(REQUEST_STATES) private readonly states: RequestStateCodec) {}

  /** @returns nothing where the client cannot show a question */
  askOf(call: Call): Ask | undefined {
    if (!canBeAsked(call)) return undefined;
    return (question) => {
      const { inputResponses, requestState } = call.context.mcpReq;
      const state = requestState<AskedState>();
      const response = inputResponse(inputResponses, KEY);
      if (state?.digest !== digestOf(call, question) || response.kind === 'missing') {
        return Promise.reject(new ConfirmationPending(question));
      }
      const yes =
        response.kind === 'elicit' && response.action === 'accept' && response.content?.[KEY] === true;
      return Promise.resolve(yes ? 'accepted' : 'declined');
    };
  }

  /** The answer that carries the question to the client. */
  async questionFor(call: Call, question: Question): Promise<InputRequiredResult> {
    const asked: AskedState = { digest: digestOf(call, question) };
    return inputRequired({
      inputRequests: {
        [KEY]: inputRequired.elicit({
          message: question.message,
          requestedSchema: {
            type: 'object',
            properties: { [KEY]: { type: 'boolean', title: 'Do it', default: false } },
            required: [KEY],
          },
        }),
      },
      requestState: await this.states.mint(asked, call.context),
    });
  }
}

/** Forms are what this server asks with; a client that only opens links cannot show one. */
function canBeAsked({ server, context }: Call): boolean {
  const { envelope } = context.mcpReq;
  const declared: Readonly<Record<string, unknown>> | undefined = envelope;
  const capabilities =
    declared === undefined
      ? server.getClientCapabilities()
      : (declared[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined);
  const elicitation = capabilities?.elicitation;
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

function digestOf({ peer, tool, args }: Call, { message }: Question): string {
  const call = JSON.stringify([principalKey(peer.principal), ownerOf(peer), tool, args, message]);
  return createHash('sha256').update(call).digest('base64url');
}
