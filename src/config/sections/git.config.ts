import { Type } from 'class-transformer';
import { IsEmail, IsNotEmpty, IsOptional, IsString, Length, Matches, ValidateNested } from 'class-validator';

import { Bytes, Choice, Count, Duration, Flag, Records, Text, TextList } from '../setting.decorators.js';

export class GitWorkersConfig {
  @Count('Worker processes for libgit2; each runs one operation at a time', { min: 1, max: 64 })
  max = 2;

  @Bytes('Memory of a worker above which it is replaced after its operation', { min: 64 * 2 ** 20 })
  maxMemoryBytes = 512 * 2 ** 20;
}

export class GitCacheConfig {
  @Bytes('Memory for answers that are addressed by object id and so never change; 0 switches the cache off')
  maxBytes = 64 * 2 ** 20;
}

export const REMOTE_PROTOCOLS = ['https', 'http', 'ssh', 'git', 'file'] as const;

export class GitRemoteConfig {
  @TextList('Protocols that remotes may use; file only reaches repositories inside git.roots')
  protocols: string[] = ['https', 'ssh', 'file'];

  @Flag('Allow remotes on loopback, private and link-local addresses')
  allowPrivateAddresses = false;

  @Flag('Let sessions bring credentials of their own for hosts; they are kept in memory only')
  sessionCredentials = true;
}

/** What one host is shown. The secret itself is never configured, only where it stands. */
export class GitCredentialConfig {
  @Matches(/^[a-z0-9.:[\]-]+$/, {
    message: 'host is a name or address in lower case, with :port where it is not the usual one',
  })
  host: string;

  @IsOptional()
  @IsString()
  @Length(1, 256)
  username?: string;

  @IsOptional()
  @Matches(/^\//, { message: 'secretFile is an absolute path' })
  secretFile?: string;

  @IsOptional()
  @Matches(/^[A-Za-z_][A-Za-z0-9_]*$/, { message: 'secretVariable is the name of a variable' })
  secretVariable?: string;

  @IsOptional()
  @Matches(/^\//, { message: 'sshKeyFile is an absolute path' })
  sshKeyFile?: string;
}

export class GitIdentityConfig {
  @Text('Name of author and committer where the repository configures none')
  name = 'mcp-git-server';

  @Text('E-mail of author and committer where the repository configures none')
  @IsEmail({ require_tld: false })
  email = 'mcp-git-server@localhost';
}

export class GitSigningConfig {
  @Choice(
    'Signatures on commits and annotated tags. require: what cannot be signed is refused; prefer: it is made without',
    ['off', 'prefer', 'require'],
  )
  policy: 'off' | 'prefer' | 'require' = 'off';

  @Choice('Kind of signature', ['ssh', 'openpgp', 'x509'])
  format: 'ssh' | 'openpgp' | 'x509' = 'ssh';

  @Text('What is signed with: path of a private key for ssh, else id of a key; no repository has a say in it')
  key = '';

  @Text('The program that signs; ssh-keygen, gpg or gpgsm if empty')
  program = '';
}

export class GitSecretScanConfig {
  @Flag('Look for secrets in what is staged before a commit or a continue, and in what is new before a push')
  enabled = true;

  @Bytes(
    'What one look for secrets reads; the rest of a larger change is not looked at, and the log says so',
    {
      min: 4_096,
    },
  )
  maxBytes = 16 * 2 ** 20;
}

export class GitLfsConfig {
  @Bytes(
    'Content of Git LFS that one call brings here or sends; a call that needs more is refused before it begins',
  )
  maxTransferBytes = 4 * 2 ** 30;
}

export class GitOperationsConfig {
  @Duration('How long an operation can be taken back', { min: 60_000 })
  keepFor = 30 * 86_400_000;

  @Count('Operations kept for each repository', { min: 10, max: 10_000 })
  keepMax = 500;

  @Bytes('Memory on disk for what the operations of a repository keep; the oldest are forgotten first', {
    min: 2 ** 20,
  })
  maxBytes = 2 ** 28;

  @Bytes(
    'Changed files of a work tree that one operation keeps; with more, only refs and index can be taken back',
  )
  maxSnapshotBytes = 64 * 2 ** 20;

  @Count('Ignored files of a work tree that one operation keeps; with more, none of them can be brought back')
  maxIgnoredFiles = 10_000;

  @Duration('How long ignored files are read to be kept; where that takes longer, none of them is', {
    max: 600_000,
  })
  ignoredFilesTimeout = 10_000;

  @Duration('How often old operations are forgotten', { min: 1_000 })
  sweepEvery = 3_600_000;
}

export class GitConfig {
  @TextList(
    'Repositories, or folders of repositories, that tools may work on; nothing else is reachable',
    'path',
  )
  roots: string[] = [];

  @TextList(
    'Folders within git.roots whose repositories may run their own hooks, filters (LFS), merge drivers and signing programs; all others are untrusted and run nothing',
    'path',
  )
  trustedRoots: string[] = [];

  @Text('The git program')
  @IsNotEmpty()
  binary = 'git';

  @Duration('Deadline of an operation that stays on this machine', { min: 100 })
  timeout = 30_000;

  @Duration('Deadline of an operation that talks to a remote', { min: 100 })
  networkTimeout = 300_000;

  @Duration('How long git may take to end after SIGTERM before it is killed', { min: 10 })
  killGrace = 5_000;

  @Duration('How long a lock that somebody else holds is waited for before repository_busy')
  lockTimeout = 5_000;

  @Bytes('Output of one git process kept; the rest is cut and said to be', { min: 4_096 })
  maxOutputBytes = 2 ** 20;

  @ValidateNested()
  @Type(() => GitWorkersConfig)
  workers = new GitWorkersConfig();

  @ValidateNested()
  @Type(() => GitCacheConfig)
  cache = new GitCacheConfig();

  @ValidateNested()
  @Type(() => GitOperationsConfig)
  operations = new GitOperationsConfig();

  @ValidateNested()
  @Type(() => GitSecretScanConfig)
  secretScan = new GitSecretScanConfig();

  @ValidateNested()
  @Type(() => GitLfsConfig)
  lfs = new GitLfsConfig();

  @ValidateNested()
  @Type(() => GitRemoteConfig)
  remote = new GitRemoteConfig();

  @Records(
    'What hosts are shown: host, username, and secretFile or secretVariable (where its password or token stands), or sshKeyFile',
    () => GitCredentialConfig,
  )
  @ValidateNested({ each: true })
  @Type(() => GitCredentialConfig)
  credentials: GitCredentialConfig[] = [];

  @ValidateNested()
  @Type(() => GitSigningConfig)
  signing = new GitSigningConfig();

  @ValidateNested()
  @Type(() => GitIdentityConfig)
  identity = new GitIdentityConfig();
}
