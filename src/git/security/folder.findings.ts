import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

import { Injectable } from '@nestjs/common';

import { GitConfig } from '../../config/sections/index.js';
import { ServerError } from '../../shared/errors/index.js';
import { AllowedRoots, realPathOf } from '../paths/allowed-roots.js';
import { GitFolderLinks } from '../paths/git-folder-links.js';
import { entryKind, readSmallFile } from '../paths/small-text-file.js';
import { type Repository } from '../repository.js';
import { type Danger, type SecurityFinding, type Treatment } from './finding.js';

const EXECUTABLE = 0o111;
const WRITABLE_BY_OTHERS = 0o002;
const EVERY_CALL = 'every call on the repository, where it leads out of git.roots';

/** Finds what is dangerous about how a repository is laid out: its hooks, what it borrows, links, work trees, owners. */
@Injectable()
export class FolderFindings {
  private readonly roots: AllowedRoots;

  constructor(
    config: GitConfig,
    private readonly links: GitFolderLinks,
  ) {
    this.roots = new AllowedRoots(config.roots);
  }

  find(repository: Repository): readonly SecurityFinding[] {
    return [
      ...hooks(repository),
      ...borrowed(repository),
      ...this.place(repository),
      ...this.linksOut(repository),
      ...this.worktrees(repository),
      ...owners(repository),
    ];
  }

  private place({ path, gitDir }: Repository): readonly SecurityFinding[] {
    const dotGit = join(path, '.git');
    const kind = entryKind(dotGit);
    if (kind !== 'file' && kind !== 'link') return [];
    const effect = `is a ${kind} that says where git's folder is`;
    const value = relative(path, gitDir);
    return [{ ...layout('leads', '.git', effect, 'refused', EVERY_CALL), value }];
  }

  private linksOut(repository: Repository): readonly SecurityFinding[] {
    try {
      this.links.refuseOutside(repository);
      return [];
    } catch (error) {
      if (!(error instanceof ServerError) || error.code !== 'path_not_allowed') throw error;
      const link = String((error.details as { link?: string } | undefined)?.link ?? "git's folder");
      return [layout('reads', link, 'is a link out of git.roots', 'refused', 'every call that writes')];
    }
  }

  private worktrees({ commonDir }: Repository): readonly SecurityFinding[] {
    const folder = join(commonDir, 'worktrees');
    return namesIn(folder).flatMap((name) => {
      const place = readSmallFile(join(folder, name, 'gitdir'))?.trim();
      if (!place) return [];
      const real = realPathOf(resolve(folder, name, place));
      if (real === undefined || this.roots.contains(real)) return [];
      return [
        {
          ...layout(
            'leads',
            `worktrees/${name}`,
            'is a work tree outside of git.roots',
            'refused',
            'calls on it',
          ),
          source: 'worktree' as const,
        },
      ];
    });
  }
}

function layout(
  danger: Danger,
  subject: string,
  effect: string,
  treatment: Treatment,
  how: string,
): SecurityFinding {
  return { source: 'layout', subject, danger, effect, treatment, how };
}

function hooks({ commonDir, trust }: Repository): readonly SecurityFinding[] {
  const folder = join(commonDir, 'hooks');
  const isActive = trust === 'trusted';
  return namesIn(folder)
    .filter((name) => !name.endsWith('.sample') && isExecutable(join(folder, name)))
    .map((name) => ({
      source: 'hook' as const,
      subject: `hooks/${name}`,
      danger: 'runs' as const,
      effect: `runs on the occasion of ${name}`,
      treatment: isActive ? 'active' : 'neutralised',
      how: isActive
        ? 'the repository lies in git.trustedRoots'
        : 'each git process is told core.hooksPath=/dev/null',
    }));
}

function borrowed({ commonDir }: Repository): readonly SecurityFinding[] {
  const text = readSmallFile(join(commonDir, 'objects/info/alternates')) ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((value) => ({
      ...layout(
        'reads',
        'objects/info/alternates',
        'takes objects from another folder',
        'refused',
        EVERY_CALL,
      ),
      value,
    }));
}

/** Whoever owns or may write the configuration decides what plain git runs. */
function owners({ commonDir }: Repository): readonly SecurityFinding[] {
  const findings: SecurityFinding[] = [];
  for (const path of [commonDir, join(commonDir, 'config'), join(commonDir, 'hooks')]) {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat || stat.isSymbolicLink()) continue;
    const subject = relative(commonDir, path) || '.';
    const how = 'what the configuration says is neutralised whoever wrote it';
    if ((stat.mode & WRITABLE_BY_OTHERS) !== 0)
      findings.push(layout('runs', subject, 'may be written by every account', 'neutralised', how));
    if (process.getuid !== undefined && stat.uid !== process.getuid())
      findings.push(layout('runs', subject, 'belongs to another account', 'neutralised', how));
  }
  return findings;
}

function isExecutable(path: string): boolean {
  try {
    const stat = statSync(path);
    return stat.isFile() && (stat.mode & EXECUTABLE) !== 0;
  } catch {
    return false;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
