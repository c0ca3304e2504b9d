/** The server's own environment (`Environment`), of which git processes get the few variables that are listed. */
export const SERVER_ENVIRONMENT = Symbol('ServerEnvironment');
