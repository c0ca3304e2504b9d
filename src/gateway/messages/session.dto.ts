import { Equals } from 'class-validator';

import { type EnvelopeMessage, RequestId } from './envelope.dto.js';

export class SessionGetMessage implements EnvelopeMessage {
  @Equals('session/get')
  type: 'session/get';

  @RequestId()
  id: string;
}

export class SessionPauseMessage implements EnvelopeMessage {
  @Equals('session/pause')
  type: 'session/pause';

  @RequestId()
  id: string;
}

export class SessionResumeMessage implements EnvelopeMessage {
  @Equals('session/resume')
  type: 'session/resume';

  @RequestId()
  id: string;
}

export class SessionCloseMessage implements EnvelopeMessage {
  @Equals('session/close')
  type: 'session/close';

  @RequestId()
  id: string;
}
