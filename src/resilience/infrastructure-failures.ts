import { type ErrorCode, type ServerError } from '../shared/errors/index.js';
import { type Operation } from './operation.js';

/**
 * Failures that speak of the server or of what it leans on. All others are the caller's or the repository's
 * own (a bad revision, a conflict, a held lock): however many there are, they never open a circuit.
 */
const INFRASTRUCTURE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'network_timeout',
  'temporary_resource_unavailable',
  'operation_timeout',
  'internal_error',
]);

/** A disk that others may not stand on; a process that one repository may have made too large for the system. */
const OF_ONE_REPOSITORY = new Set(['disk-full', 'ENOSPC', 'EDQUOT', 'killed']);

export function isInfrastructureFailure(
  error: ServerError,
  operation: Pick<Operation, 'timeoutSetByCaller' | 'hasOwnCircuits'>,
): boolean {
  if (error.code === 'operation_timeout' && operation.timeoutSetByCaller) return false;
  if (isOfOneRepository(error)) return false;
  return operation.hasOwnCircuits ? error.code === 'internal_error' : INFRASTRUCTURE.has(error.code);
}

function isOfOneRepository({ details }: ServerError): boolean {
  return details !== undefined && 'reason' in details && OF_ONE_REPOSITORY.has(String(details.reason));
}
