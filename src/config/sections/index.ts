export { AuthConfig, JWT_ALGORITHMS, JwtConfig } from './auth.config.js';
export { DiagnosticsConfig } from './diagnostics.config.js';
export { GatewayConfig } from './gateway.config.js';
export {
  GitConfig,
  type GitCredentialConfig,
  type GitRemoteConfig,
  type GitSigningConfig,
  REMOTE_PROTOCOLS,
} from './git.config.js';
export { HealthConfig } from './health.config.js';
export { HeartbeatConfig } from './heartbeat.config.js';
export { LogConfig } from './log.config.js';
export { McpConfig } from './mcp.config.js';
export { RecoveryConfig } from './recovery.config.js';
export { BreakerConfig, RateLimitConfig, ResilienceConfig, RetryConfig } from './resilience.config.js';
export { ResourcesConfig } from './resources.config.js';
export { ServerConfig } from './server.config.js';
export { SessionsConfig, SessionStoreConfig } from './sessions.config.js';
export { TOOLSETS, ToolsConfig, type Toolset } from './tools.config.js';
export { ValidationConfig } from './validation.config.js';
