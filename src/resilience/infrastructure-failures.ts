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

const DISK_FULL = new Set(['disk-full', 'ENOSPC', 'EDQUOT']);

export function isInfrastructureFailure(
  error: ServerError,
  operation: Pick<Operation, 'timeoutSetByCaller' | 'hasOwnCircuits'>,
): boolean {
  if (error.code === 'operation_timeout' && operation.timeoutSetByCaller) return false;
  if (isOfOneDisk(error)) return false;
  return operation.hasOwnCircuits ? error.code === 'internal_error' : INFRASTRUCTURE.has(error.code);
}

/** Of the repository that was written to; the others may stand on another disk. */
function isOfOneDisk({ details }: ServerError): boolean {
  return details !== undefined && 'reason' in details && DISK_FULL.has(String(details.reason));
}
