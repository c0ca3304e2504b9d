import { type Readable, type Writable } from 'node:stream';

import { type JSONRPCMessage } from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';

import { ANONYMOUS } from '../../auth/authenticator.service.js';
import { AppConfig } from '../../config/app.config.js';
import { ScheduledJobs } from '../../observability/scheduled-jobs.service.js';
import { type Session } from '../../sessions/session.js';
import { SessionRegistry } from '../../sessions/session.registry.js';
import { CLOCK, type Clock } from '../../shared/clock.js';
import { CLOSE } from '../../shared/errors/index.js';
import { McpChannels } from '../channel/mcp-channels.service.js';
import { type McpChannel } from '../channel/mcp.channel.js';
import { StdioConnection } from './stdio.connection.js';
import { StdioTransport } from './stdio.transport.js';

const LOOKS_PER_IDLE_TIMEOUT = 4;

/** MCP on standard input and output: one session, as long as whoever started the process keeps the pipe open. */
@Injectable()
export class StdioDoor {
  constructor(
    private readonly sessions: SessionRegistry,
    private readonly channels: McpChannels,
    private readonly jobs: ScheduledJobs,
    private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The caller is the user who started the process, whatever `auth.mode` says of those who come over the network.
   *
   * @returns settled when the session is over: the input has ended and all that was asked is answered, or for as long
   *   as `server.drainTimeout`; or the output is gone; or the session was closed
   */
  async serve(input: Readable, output: Writable): Promise<void> {
    const transport = new StdioTransport(input, output);
    const { session, channel } = this.begin(transport);
    const over = new Promise<void>((resolve) => this.onClose(transport, resolve));
    this.receive(transport, session, channel);
    this.keepAlive(session);
    const ended = new Promise<void>((resolve) => input.once('end', resolve).once('close', resolve));
    await Promise.race([over, ended]);
    await Promise.race([over, transport.unanswered.none(this.config.server.drainTimeout)]);
    this.sessions.close(session, CLOSE.normal, 'the input has ended');
    input.unpipe();
  }

  private begin(transport: StdioTransport): { session: Session; channel: McpChannel } {
    const connection = new StdioConnection(() => {
      void channel.close().finally(() => this.sessions.forget(session));
    });
    const session = this.sessions.begin(connection, ANONYMOUS);
    session.activate();
    const channel = this.channels.open({ door: 'stdio', principal: ANONYMOUS, session }, transport);
    return { session, channel };
  }

  // The SDK has set its own listeners; ours come before them.
  private onClose(transport: StdioTransport, closed: () => void): void {
    const { onclose } = transport;
    transport.onclose = () => {
      closed();
      onclose?.();
    };
  }

  private receive(transport: StdioTransport, session: Session, channel: McpChannel): void {
    const deliver = transport.onmessage as (message: JSONRPCMessage) => void;
    transport.onmessage = (message: JSONRPCMessage) => {
      session.messageCount += 1;
      session.touch(this.clock.monotonicMs());
      const taken = channel.take(message, {
        serve: () => void deliver(message),
        refuse: (text) => transport.sendText(text),
        answer: (text) => transport.answer(message, text),
      });
      if (taken === 'refused') return;
      transport.unanswered.received(message);
      if (taken === undefined) deliver(message);
    };
  }

  /** An open pipe is a client that is there, however long it says nothing. */
  private keepAlive(session: Session): void {
    const { idleTimeout } = this.config.sessions;
    this.jobs.every('mcp.stdio', Math.ceil(idleTimeout / LOOKS_PER_IDLE_TIMEOUT), () => {
      if (session.isOpen) session.touch(this.clock.monotonicMs());
    });
  }
}
