export type ErrorSeverity = 'critical' | 'high' | 'medium' | 'low';

export interface ErrorTraits {
  readonly severity: ErrorSeverity;
  /** A later try of the same request may succeed. */
  readonly recoverable: boolean;
  readonly httpStatus: number;
  readonly jsonRpcCode: number;
  /** The WebSocket close code that follows the error; absent where the socket stays open. */
  readonly closeCode?: number;
}

const traits = (
  severity: ErrorSeverity,
  recoverable: boolean,
  httpStatus: number,
  jsonRpcCode: number,
  closeCode?: number,
): ErrorTraits => ({ severity, recoverable, httpStatus, jsonRpcCode, ...(closeCode && { closeCode }) });

/** What each error code means on each door. The only place that says so; pinned by test/pins. */
export const ERROR_TABLE = {
  authentication_failed: traits('critical', false, 401, -32001, 4401),
  protocol_violation: traits('critical', false, 400, -32600, 4400),
  security_breach: traits('critical', false, 403, -32003, 4403),
  corrupted_session_state: traits('critical', false, 500, -32004, 4500),

  network_timeout: traits('medium', true, 504, -32010),
  temporary_resource_unavailable: traits('medium', true, 503, -32011),
  rate_limit_exceeded: traits('low', true, 429, -32012),
  transient_validation_error: traits('low', true, 503, -32013),
  circuit_open: traits('medium', true, 503, -32014),
  repository_busy: traits('medium', true, 409, -32015),
  server_draining: traits('medium', true, 503, -32016),

  validation_failed: traits('low', false, 400, -32602),
  unknown_message_type: traits('low', false, 400, -32601),
  unknown_tool: traits('low', false, 404, -32602),
  duplicate_request_id: traits('low', false, 409, -32600),

  operation_failed: traits('medium', false, 500, -32020),
  operation_timeout: traits('medium', false, 504, -32021),
  operation_cancelled: traits('medium', false, 499, -32022),
  operation_interrupted: traits('high', false, 500, -32023),
  merge_conflict: traits('medium', false, 409, -32024),
  revision_not_found: traits('medium', false, 404, -32025),
  not_a_repository: traits('medium', false, 404, -32026),

  path_not_allowed: traits('high', false, 403, -32030),
  forbidden: traits('high', false, 403, -32031),
  untrusted_config: traits('high', false, 403, -32032),

  session_expired: traits('medium', false, 404, -32040),
  session_limit_reached: traits('medium', true, 503, -32041, 1013),

  internal_error: traits('high', false, 500, -32603),
} as const satisfies Record<string, ErrorTraits>;

/** Stable names a client may branch on. Adding one is a minor change, renaming one is a breaking change. */
export type ErrorCode = keyof typeof ERROR_TABLE;

/** Close codes that belong to no error: the server's own reasons to end a socket. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  unsupportedData: 1003,
  policyViolation: 1008,
  tooLarge: 1009,
  serviceRestart: 1012,
  tryAgainLater: 1013,
  heartbeatMissed: 4408,
  takenOver: 4409,
  idle: 4410,
} as const;
