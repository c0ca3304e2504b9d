import { Injectable } from '@nestjs/common';

import { isLoopback } from '../../config/config-rules.js';
import { AuthConfig, ServerConfig } from '../../config/sections/index.js';
import { type Check } from '../check.js';
import { type Judgement, ok, warning } from '../finding.js';

@Injectable()
export class ListeningCheck implements Check {
  readonly id = 'connection.listening';
  readonly section = 'connection';
  readonly guide = 'Client Connection Failures';
  readonly looksAt = 'where the server listens, and who may call it there';

  constructor(
    private readonly server: ServerConfig,
    private readonly auth: AuthConfig,
  ) {}

  judge(): Judgement {
    const { host, port } = this.server;
    const loopback_only = isLoopback(host);
    const figures = { host, port, loopback_only, auth: this.auth.mode };
    const reach = loopback_only ? 'this machine only' : 'the network';
    if (loopback_only || this.auth.mode !== 'none') {
      return ok(`listens on ${host}, for ${reach}; authentication: ${this.auth.mode}`, figures);
    }
    return warning(`listens on ${host}, for ${reach}, and asks nobody for a token`, figures, {
      cause: 'auth.allowAnonymous is on and the address is not a loopback address',
      cures: [
        { what: 'ask for tokens', setting: 'auth.mode=token' },
        { what: 'listen on this machine only', setting: 'server.host=127.0.0.1' },
      ],
    });
  }
}
