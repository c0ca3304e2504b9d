import { type Repository } from './repository.js';

export interface GitCommand {
  /** Checked against the table of commands; an unknown one is a programming error. */
  readonly name: string;
  /**
   * Options of ours, each starting with `-`. A caller's text stands in one only as its value, in the same argument:
   * `--grep=text`, `-Stext`.
   */
  readonly options?: readonly string[];
  /**
   * Revisions and names of the caller, placed after `--end-of-options` where the command knows it. One that starts
   * with `-`, is empty or holds NUL is `revision_not_found`.
   */
  readonly revisions?: readonly string[];
  /** Literal paths of the caller, placed after `--`. */
  readonly paths?: readonly string[];
  readonly stdin?: string | Buffer;
}

/** What one host is shown, each in one line. */
export interface HostCredential {
  /** The URL up to the path, as git is given it: `https://host:port`. */
  readonly origin: string;
  readonly username: string;
  /** Forges take a token for the name as well, with any password. */
  readonly usernameIsSecret: boolean;
  readonly password: string;
}

/** How one network command may reach the remote that the policy of remotes has approved. */
export interface RemoteAccess {
  readonly protocol: 'https' | 'http' | 'ssh' | 'git' | 'file';
  /** Settings for this run only, such as the pinned address. Not seen in the process list. */
  readonly settings?: readonly (readonly [key: string, value: string])[];
  /** Given to git when the host asks for it, over HTTP. Of the repository only hooks run beside it, which cannot see it. */
  readonly credential?: HostCredential;
  /** Options of ours for ssh, each one argument as ssh takes it: for example the pinned address. */
  readonly sshOptions?: readonly string[];
  /** What a `git` remote is told that it was called, where its URL has the pinned address instead. */
  readonly virtualHost?: string;
}

export interface GitRunOptions {
  readonly timeoutMs?: number;
  readonly maxOutputBytes?: number;
  /** Most bytes from the first place on that begins with `mark`, within `maxOutputBytes`. */
  readonly partLimit?: { readonly mark: string; readonly maxBytes: number };
  /** `stdout` has one character for each byte of the output (latin1) instead of being read as UTF-8. */
  readonly rawOutput?: boolean;
  /** In place of the command's `stdin`: what is known only while git starts. If it fails, git is given nothing. */
  readonly input?: Promise<string>;
  /** Called with each part of the output as it comes; it is not kept then, and `stdout` is empty. It throws nothing. */
  readonly onStdout?: (part: Buffer) => void;
  /** Called with each line that git writes to stderr (progress of clone, fetch, push). */
  readonly onStderrLine?: (line: string) => void;
  /** Added to the fixed environment; `GIT_AUTHOR_*` and `GIT_COMMITTER_*` only. */
  readonly env?: Readonly<Record<string, string>>;
  /** A folder of ours that takes the objects git writes; those of the repository are read beside it. */
  readonly scratch?: string;
  /** A copy of the index, ours alone, that a reading command takes in place of the repository's and may refresh. */
  readonly indexCopy?: string;
  /** The file that a writing command takes for the index, which is locked meanwhile. */
  readonly heldIndex?: string;
  /** Signs as the operator's settings say; where they require signatures, absent is the same. */
  readonly sign?: boolean;
  /** Required by commands that use the network; without it git reaches no remote at all. */
  readonly remote?: RemoteAccess;
}

export interface GitResult {
  /** 0..255; a non-zero code is a result, not an exception. */
  readonly exitCode: number;
  readonly stdout: string;
  /** For logs and for classification, not for clients. */
  readonly stderr: string;
  /** Output passed `maxOutputBytes` and was cut; a reading command was ended there, with `exitCode` 0. */
  readonly truncated: boolean;
}

/** Runs git and nothing else. Every git process of the server is born behind this port. */
export interface GitCli {
  /**
   * @throws ServerError `operation_timeout` | `operation_cancelled` | `operation_failed` (git could not be
   *   started, or crashed) | `temporary_resource_unavailable` (git was killed) | `untrusted_config` (the repository's
   *   configuration cannot be neutralised)
   */
  run(
    repository: Repository,
    command: GitCommand,
    signal: AbortSignal,
    options?: GitRunOptions,
  ): Promise<GitResult>;
  /** For clone and init, where no repository exists yet; `folder` is inside the roots. */
  runIn(
    folder: string,
    command: GitCommand,
    signal: AbortSignal,
    options?: GitRunOptions,
  ): Promise<GitResult>;
}

export const GIT_CLI = Symbol('GitCli');
