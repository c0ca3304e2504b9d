import { chmod, lstat, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Injectable } from '@nestjs/common';

import { DiagnosticsConfig } from '../../config/sections/index.js';
import { ServerError } from '../../shared/errors/index.js';

export interface ProfileFile {
  readonly name: string;
  readonly bytes: number;
  /** ISO 8601. */
  readonly at: string;
}

const NAME = /^(cpu|heap|snapshot)-[\dT-]+Z\.(cpuprofile|heapprofile|heapsnapshot)$/;

/** Where profiles lie: readable by this user only, the last few of them. */
@Injectable()
export class ProfileFolder {
  constructor(private readonly config: DiagnosticsConfig) {}

  get path(): string {
    const { profileFolder } = this.config;
    return profileFolder === ''
      ? join(tmpdir(), `mcp-git-server-profiles-${process.getuid?.() ?? 0}`)
      : profileFolder;
  }

  /** @returns a path for a new file, in a folder that is ours alone */
  async place(kind: string, extension: string, nowMs: number): Promise<{ name: string; path: string }> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    const found = await lstat(this.path);
    // The temporary folder is everybody's: somebody else may have made this one there before us, or a link in its place.
    if (process.getuid !== undefined && (found.uid !== process.getuid() || !found.isDirectory())) {
      const message =
        'The folder for profiles belongs to another user, or is a link; set diagnostics.profileFolder';
      throw new ServerError('operation_failed', message, { details: { reason: 'folder' } });
    }
    await chmod(this.path, 0o700);
    const name = `${kind}-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')}.${extension}`;
    return { name, path: join(this.path, name) };
  }

  async write(path: string, text: string): Promise<void> {
    await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  }

  /** Newest first. */
  async list(): Promise<readonly ProfileFile[]> {
    const names = (await readdir(this.path).catch(() => [])).filter((name) => NAME.test(name));
    const files = await Promise.all(
      names.map(async (name) => {
        const { size, mtime } = await stat(join(this.path, name));
        return { name, bytes: size, at: mtime.toISOString() };
      }),
    );
    return files.toSorted((one, other) => (one.at < other.at ? 1 : -1));
  }

  /** @throws ServerError `operation_failed` where there is none of that name */
  async find(name: string): Promise<string> {
    const found = NAME.test(name) && (await this.list()).some((file) => file.name === name);
    if (found) return join(this.path, name);
    const details = { reason: 'unknown-profile' };
    throw new ServerError('operation_failed', 'There is no profile of that name; list them first', {
      details,
    });
  }

  async forgetOld(): Promise<void> {
    const old = (await this.list()).slice(this.config.profilesKept);
    for (const { name } of old) await rm(join(this.path, name), { force: true });
  }
}
