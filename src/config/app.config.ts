import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';

import {
  AuthConfig,
  DiagnosticsConfig,
  GatewayConfig,
  GitConfig,
  HealthConfig,
  HeartbeatConfig,
  LogConfig,
  McpConfig,
  RecoveryConfig,
  ResilienceConfig,
  ResourcesConfig,
  ServerConfig,
  SessionsConfig,
  ToolsConfig,
  ValidationConfig,
} from './sections/index.js';

/** The whole configuration; frozen once loaded. Each section is injected by its class. */
export class AppConfig {
  @ValidateNested()
  @Type(() => ServerConfig)
  server = new ServerConfig();

  @ValidateNested()
  @Type(() => AuthConfig)
  auth = new AuthConfig();

  @ValidateNested()
  @Type(() => GatewayConfig)
  gateway = new GatewayConfig();

  @ValidateNested()
  @Type(() => ValidationConfig)
  validation = new ValidationConfig();

  @ValidateNested()
  @Type(() => SessionsConfig)
  sessions = new SessionsConfig();

  @ValidateNested()
  @Type(() => RecoveryConfig)
  recovery = new RecoveryConfig();

  @ValidateNested()
  @Type(() => HeartbeatConfig)
  heartbeat = new HeartbeatConfig();

  @ValidateNested()
  @Type(() => ResilienceConfig)
  resilience = new ResilienceConfig();

  @ValidateNested()
  @Type(() => GitConfig)
  git = new GitConfig();

  @ValidateNested()
  @Type(() => ToolsConfig)
  tools = new ToolsConfig();

  @ValidateNested()
  @Type(() => McpConfig)
  mcp = new McpConfig();

  @ValidateNested()
  @Type(() => HealthConfig)
  health = new HealthConfig();

  @ValidateNested()
  @Type(() => ResourcesConfig)
  resources = new ResourcesConfig();

  @ValidateNested()
  @Type(() => DiagnosticsConfig)
  diagnostics = new DiagnosticsConfig();

  @ValidateNested()
  @Type(() => LogConfig)
  log = new LogConfig();
}
