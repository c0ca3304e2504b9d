export { CLOSE, ERROR_TABLE, type ErrorCode, type ErrorSeverity, type ErrorTraits } from './error-table.js';
export { ServerError, type ErrorDetails, type FieldIssue, type ServerErrorOptions } from './server.error.js';
