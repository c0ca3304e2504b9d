import { Module } from '@nestjs/common';

import { AuthModule } from '../auth/auth.module.js';
import { McpModule } from '../mcp/mcp.module.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { ToolsModule } from '../tools/tools.module.js';
import { ValidationModule } from '../validation/validation.module.js';
import { AccessRule } from './access.rule.js';
import { AddressLedger } from './address.ledger.js';
import { AuthDeadline } from './auth.deadline.js';
import { CallContexts } from './call.contexts.js';
import { CallLimits } from './call.limits.js';
import { Drain } from './drain.service.js';
import { EnvelopeGateway } from './envelope.gateway.js';
import { ErrorReply } from './error.reply.js';
import { FloodGuard } from './flood.guard.js';
import { FrameIntake } from './frame.intake.js';
import { GatewayMetrics } from './gateway.metrics.js';
import { HeartbeatAckHandler, HeartbeatHandler } from './handlers/heartbeat.handlers.js';
import { InitializeHandler } from './handlers/initialize.handler.js';
import {
  CancelledHandler,
  LogHandler,
  ProgressHandler,
  StatusHandler,
} from './handlers/notification.handlers.js';
import { PingHandler } from './handlers/ping.handler.js';
import {
  SessionCloseHandler,
  SessionGetHandler,
  SessionPauseHandler,
  SessionResumeHandler,
} from './handlers/session.handlers.js';
import { ToolsCallHandler } from './handlers/tools-call.handler.js';
import { ToolsListHandler } from './handlers/tools-list.handler.js';
import { UnusedConnections } from './unused-connections.service.js';
import { JsonRpcIntake } from './json-rpc.intake.js';
import { MESSAGE_HANDLERS, type MessageHandler } from './message-handler.js';
import { MessageReader } from './message.reader.js';
import { MessageRouter } from './message.router.js';
import { RefusedFrames } from './refused-frames.js';
import { Resumption } from './resumption.service.js';
import { ServerOffer } from './server.offer.js';
import { SessionNotices } from './session.notices.js';
import { SocketAdmission } from './socket.admission.js';
import { UpgradeGate } from './upgrade.gate.js';

/** Every type of message that clients may send. */
const HANDLERS = [
  PingHandler,
  InitializeHandler,
  ToolsListHandler,
  ToolsCallHandler,
  SessionGetHandler,
  SessionPauseHandler,
  SessionResumeHandler,
  SessionCloseHandler,
  HeartbeatHandler,
  HeartbeatAckHandler,
  CancelledHandler,
  ProgressHandler,
  LogHandler,
  StatusHandler,
];

/** The WebSocket edge: who may connect, what their frames mean, and how they are told what went wrong. */
@Module({
  imports: [AuthModule, McpModule, ResilienceModule, SessionsModule, ToolsModule, ValidationModule],
  providers: [
    ...HANDLERS,
    { provide: MESSAGE_HANDLERS, useFactory: (...handlers: MessageHandler[]) => handlers, inject: HANDLERS },
    AccessRule,
    AddressLedger,
    AuthDeadline,
    CallContexts,
    CallLimits,
    Drain,
    EnvelopeGateway,
    ErrorReply,
    FloodGuard,
    FrameIntake,
    GatewayMetrics,
    UnusedConnections,
    JsonRpcIntake,
    MessageReader,
    MessageRouter,
    RefusedFrames,
    Resumption,
    ServerOffer,
    SessionNotices,
    SocketAdmission,
    UpgradeGate,
  ],
  exports: [Drain, GatewayMetrics, UnusedConnections, UpgradeGate],
})
export class GatewayModule {}
