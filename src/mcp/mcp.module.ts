import { Module } from '@nestjs/common';

import { AuthModule } from '../auth/auth.module.js';
import { GitModule } from '../git/git.module.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { ResourcesModule } from '../resources/resources.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { IsolationModule } from '../tools/isolation/isolation.module.js';
import { ToolsModule } from '../tools/tools.module.js';
import { McpChannels } from './channel/mcp-channels.service.js';
import { ArrivingCalls } from './core/arriving-calls.service.js';
import { CallDoor } from './core/call-door.service.js';
import { ListChanges } from './core/list-changes.service.js';
import { McpErrors } from './core/mcp-errors.service.js';
import { type McpFeature } from './core/mcp-feature.js';
import { MCP_FEATURES, McpServerFactory } from './core/mcp-server.factory.js';
import { McpExtensions } from './core/mcp.extension.js';
import { McpOperations } from './core/operations.service.js';
import { PeerCredentials } from './core/peer-credentials.service.js';
import { PeerSelections } from './core/peer-selections.service.js';
import { REQUEST_STATES, createRequestStates } from './core/request-states.js';
import { Confirmations } from './features/confirmation.service.js';
import { CompletionFeature } from './features/completion.feature.js';
import { LoggingFeature } from './features/logging.feature.js';
import { PromptsFeature } from './features/prompts.feature.js';
import { ResourcesFeature } from './features/resources.feature.js';
import { SubscriptionsFeature } from './features/subscriptions.feature.js';
import { ToolCalls } from './features/tool-calls.service.js';
import { ToolsFeature } from './features/tools.feature.js';
import { HttpEntrance } from './http/http-entrance.service.js';
import { HttpListens } from './http/http-listens.service.js';
import { HttpSessions } from './http/http-sessions.service.js';
import { McpHttp } from './http/mcp-http.service.js';
import { OnePieceRequests } from './http/one-piece-requests.service.js';
import { StatelessHttp } from './http/stateless-http.service.js';
import { PROMPT_PROVIDERS } from './prompts/index.js';
import { RESOURCE_PROVIDERS } from './resources/index.js';
import { StdioDoor } from './stdio/stdio.door.js';

const FEATURES = [
  ToolsFeature,
  ResourcesFeature,
  SubscriptionsFeature,
  PromptsFeature,
  CompletionFeature,
  LoggingFeature,
];

/** MCP on every door: what the protocol offers, and the transports that carry it. */
@Module({
  imports: [
    AuthModule,
    GitModule,
    IsolationModule,
    ResilienceModule,
    ResourcesModule,
    SessionsModule,
    ToolsModule,
  ],
  providers: [
    ...FEATURES,
    ...PROMPT_PROVIDERS,
    ...RESOURCE_PROVIDERS,
    { provide: MCP_FEATURES, useFactory: (...features: McpFeature[]) => features, inject: FEATURES },
    { provide: REQUEST_STATES, useFactory: createRequestStates },
    Confirmations,
    HttpEntrance,
    HttpListens,
    HttpSessions,
    ListChanges,
    McpChannels,
    McpErrors,
    McpExtensions,
    McpHttp,
    ArrivingCalls,
    CallDoor,
    McpOperations,
    McpServerFactory,
    OnePieceRequests,
    PeerCredentials,
    PeerSelections,
    StatelessHttp,
    StdioDoor,
    ToolCalls,
  ],
  exports: [McpChannels, McpHttp, StdioDoor],
})
export class McpModule {}
