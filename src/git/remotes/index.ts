import { type Provider } from '@nestjs/common';

import { GIT_REMOTES } from '../git-writes.port.js';
import { GitRemoteService } from './git-remote.service.js';
import { FarSideGuard } from './far-side.guard.js';
import { HostCredentials } from './host-credentials.service.js';
import { HOST_RESOLVER } from './host-resolver.port.js';
import { PushPlanner } from './push.planner.js';
import { RefChanges } from './ref-changes.service.js';
import { RemoteCircuits } from './remote-circuits.service.js';
import { RemoteCloner } from './remote-cloner.service.js';
import { RemoteConfiguration } from './remote-configuration.service.js';
import { RemoteFetcher } from './remote-fetcher.service.js';
import { RemoteChanges } from './remote.changes.js';
import { RemoteInspector } from './remote.inspector.js';
import { RemotePreviews } from './remote.previews.js';
import { RemotePolicy } from './remote-policy.service.js';
import { RemotePuller } from './remote-puller.service.js';
import { RemotePusher } from './remote-pusher.service.js';
import { SshCommands } from './ssh-commands.service.js';
import { SystemHostResolver } from './system-host.resolver.js';

/** What is asked of remotes beside the port; provided and exported. */
export const REMOTE_SERVICES = [RemoteInspector, RemoteChanges, RemotePreviews];

export const GIT_REMOTE_PROVIDERS: readonly Provider[] = [
  { provide: HOST_RESOLVER, useClass: SystemHostResolver },
  FarSideGuard,
  HostCredentials,
  RemotePolicy,
  RemoteConfiguration,
  RemoteCircuits,
  SshCommands,
  RefChanges,
  PushPlanner,
  RemoteCloner,
  RemoteFetcher,
  RemotePuller,
  RemotePusher,
  ...REMOTE_SERVICES,
  { provide: GIT_REMOTES, useClass: GitRemoteService },
];
