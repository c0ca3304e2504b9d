import { Equals } from 'class-validator';

import { type EnvelopeMessage, NotificationId, RequestId } from './envelope.dto.js';

/** The client asks whether the server lives. */
export class HeartbeatMessage implements EnvelopeMessage {
  @Equals('heartbeat')
  type: 'heartbeat';

  @RequestId()
  id: string;
}

/** The client answers the server's `heartbeat`. */
export class HeartbeatAckMessage implements EnvelopeMessage {
  @Equals('heartbeat_ack')
  type: 'heartbeat_ack';

  @NotificationId()
  id: string;
}
