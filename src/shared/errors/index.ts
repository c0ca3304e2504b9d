export { CLOSE, ERROR_TABLE, type ErrorCode } from './error-table.js';
export { ServerError, type FieldIssue } from './server.error.js';
