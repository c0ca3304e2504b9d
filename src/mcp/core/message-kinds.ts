import {
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
} from '@modelcontextprotocol/server';

// By the fields that tell the kinds apart, for messages that have been checked as they came. The SDK's guards go through a
// whole schema, and say no by making an error, which leaves a kilobyte in the old generation (zod 4, Node 20).

export function isRequest(message: JSONRPCMessage): message is JSONRPCRequest {
  return 'method' in message && 'id' in message;
}

export function isNotification(message: JSONRPCMessage): message is JSONRPCNotification {
  return 'method' in message && !('id' in message);
}
