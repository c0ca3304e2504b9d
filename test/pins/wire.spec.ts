import { describe, expect, it } from 'vitest';

import { MESSAGE_HANDLERS, type MessageHandler } from '../../src/gateway/message-handler.js';
import { CLOSE, ERROR_TABLE } from '../../src/shared/errors/index.js';
import { TestServer } from '../support/test-server.js';

/** Clients branch on every word here: a change of any of them is a breaking change. */
describe('The wire', () => {
  it('keeps each error code with its severity, recoverability, HTTP status, JSON-RPC code and close code', () => {
    const rows = Object.entries(ERROR_TABLE).map(([code, traits]) => [
      code,
      traits.severity,
      traits.recoverable,
      traits.httpStatus,
      traits.jsonRpcCode,
      traits.closeCode,
    ]);

    expect(rows).toEqual([
      ['authentication_failed', 'critical', false, 401, -32001, 4401],
      ['protocol_violation', 'critical', false, 400, -32600, 4400],
      ['security_breach', 'critical', false, 403, -32003, 4403],
      ['corrupted_session_state', 'critical', false, 500, -32004, 4500],
      ['network_timeout', 'medium', true, 504, -32010, undefined],
      ['temporary_resource_unavailable', 'medium', true, 503, -32011, undefined],
      ['rate_limit_exceeded', 'low', true, 429, -32012, undefined],
      ['transient_validation_error', 'low', true, 503, -32013, undefined],
      ['circuit_open', 'medium', true, 503, -32014, undefined],
      ['repository_busy', 'medium', true, 409, -32015, undefined],
      ['server_draining', 'medium', true, 503, -32016, undefined],
      ['validation_failed', 'low', false, 400, -32602, undefined],
      ['unknown_message_type', 'low', false, 400, -32601, undefined],
      ['unknown_tool', 'low', false, 404, -32602, undefined],
      ['duplicate_request_id', 'low', false, 409, -32600, undefined],
      ['operation_failed', 'medium', false, 500, -32020, undefined],
      ['operation_timeout', 'medium', false, 504, -32021, undefined],
      ['operation_cancelled', 'medium', false, 499, -32022, undefined],
      ['operation_interrupted', 'high', false, 500, -32023, undefined],
      ['merge_conflict', 'medium', false, 409, -32024, undefined],
      ['revision_not_found', 'medium', false, 404, -32025, undefined],
      ['not_a_repository', 'medium', false, 404, -32026, undefined],
      ['path_not_allowed', 'high', false, 403, -32030, undefined],
      ['forbidden', 'high', false, 403, -32031, undefined],
      ['untrusted_config', 'high', false, 403, -32032, undefined],
      ['session_expired', 'medium', false, 404, -32040, undefined],
      ['session_limit_reached', 'medium', true, 503, -32041, 1013],
      ['internal_error', 'high', false, 500, -32603, undefined],
    ]);
  });

  it('keeps the close codes that belong to no error', () => {
    expect(CLOSE).toEqual({
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
    });
  });

  it('keeps each type of message with the type of its answer', async () => {
    const server = await TestServer.start();
    const handlers = server.app.get<readonly MessageHandler[]>(MESSAGE_HANDLERS);
    await server.stop();

    expect(handlers.map(({ type, answerType, open = false }) => [type, answerType, open])).toEqual([
      ['ping', 'pong', true],
      ['initialize', 'initialize/result', true],
      ['tools/list', 'tools/list/result', false],
      ['tools/call', 'tools/call/result', false],
      ['session/get', 'session/get/result', false],
      ['session/pause', 'session/pause/result', false],
      ['session/resume', 'session/resume/result', false],
      ['session/close', 'session/close/result', false],
      ['heartbeat', 'heartbeat_ack', false],
      ['heartbeat_ack', undefined, false],
      ['notifications/cancelled', 'notifications/cancelled/ack', false],
      ['notifications/progress', undefined, false],
      ['notifications/log', undefined, false],
      ['notifications/status', undefined, false],
    ]);
  });
});
