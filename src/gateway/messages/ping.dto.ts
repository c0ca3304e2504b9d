import { Equals } from 'class-validator';

import { type EnvelopeMessage, RequestId } from './envelope.dto.js';

export class PingMessage implements EnvelopeMessage {
  @Equals('ping')
  type: 'ping';

  @RequestId()
  id: string;
}
