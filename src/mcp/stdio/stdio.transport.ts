import { PassThrough, type Readable, type Writable } from 'node:stream';

import { type JSONRPCMessage } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';

import { Unanswered } from './unanswered.js';

/**
 * The SDK's transport, which at the end of its input drops what it has not answered. This one is not told of the end:
 * who owns it waits for what is unanswered and closes it then, so that a client may send, close its side and read.
 */
export class StdioTransport extends StdioServerTransport {
  readonly unanswered = new Unanswered();

  constructor(
    input: Readable,
    private readonly output: Writable,
  ) {
    super(input.pipe(new PassThrough(), { end: false }), output);
  }

  override send(message: JSONRPCMessage): Promise<void> {
    this.unanswered.sent(message);
    return super.send(message);
  }

  /** @param text of the answer to a request, as JSON in one line; nothing where it needs none any more */
  answer(request: JSONRPCMessage, text: string | undefined): void {
    if (text !== undefined) this.sendText(text);
    if ('id' in request && request.id !== undefined) this.unanswered.settle(request.id);
  }

  /** @param text of a message that answers none of `unanswered`, as JSON in one line */
  sendText(text: string): void {
    this.output.write(`${text}\n`);
  }
}
