import { Inject, Injectable } from '@nestjs/common';

import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { type Repository } from '../repository.js';
import { RefusedSettings } from './refused-settings.js';

export interface FsckQuery {
  /** Whether objects reach each other, without reading every file. */
  readonly connectivityOnly: boolean;
  /** Also objects that nothing reaches. */
  readonly unreachable: boolean;
  readonly strict: boolean;
}

export interface FsckFinding {
  /** `missing`, `broken link`, `error`, `warning`, `dangling`, `unreachable`. */
  readonly kind: string;
  /** `commit`, `tree`, `blob` or `tag`; `null` where git does not say. */
  readonly type: string | null;
  readonly sha: string | null;
  readonly text: string;
}

export interface FsckAnswer {
  readonly sound: boolean;
  readonly problems: readonly FsckFinding[];
  /** Objects that nothing reaches: no fault. */
  readonly loose: readonly FsckFinding[];
  /** There is more than is listed. */
  readonly truncated: boolean;
}

const MAX_BYTES = 64 * 2 ** 20;
/** What is kept of the standard error of any command is a little more. */
const MAX_ERRORS = 9_990;
const OBJECT = /^(dangling|unreachable|missing) (commit|tree|blob|tag) ([0-9a-f]{40,64})/;
const FAULT = /^(error|warning|fatal)(?: in (commit|tree|blob|tag) ([0-9a-f]{40,64}))?: ?(.*)$/;
const BROKEN = /^(broken link) from +(commit|tree|blob|tag) ([0-9a-f]{40,64})/;
const TO = /^ +to +(?:commit|tree|blob|tag|unknown) [0-9a-f]{40,64}/;

/** Whether a repository is whole. */
@Injectable()
export class FsckReader {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly settings: RefusedSettings,
  ) {}

  /** @throws ServerError `untrusted_config` where the configuration names a list of objects to skip, which git would read */
  async check(repository: Repository, query: FsckQuery, signal: AbortSignal): Promise<FsckAnswer> {
    await this.settings.requireNone(repository, /^fsck\.skiplist$/, signal);
    const options = [
      '--no-progress',
      ...(query.connectivityOnly ? ['--connectivity-only'] : ['--full']),
      query.unreachable ? '--unreachable' : '--no-dangling',
      ...(query.strict ? ['--strict'] : []),
    ];
    const limits = { maxOutputBytes: MAX_BYTES };
    const result = await this.git.run(repository, { name: 'fsck', options }, signal, limits);
    const findings = [...findingsOf(result.stdout, repository), ...findingsOf(result.stderr, repository)];
    const loose = findings.filter(isLoose);
    const problems = findings.filter((finding) => !isLoose(finding));
    const truncated = result.truncated || Buffer.byteLength(result.stderr) > MAX_ERRORS;
    return { sound: result.exitCode === 0 && !result.truncated, problems, loose, truncated };
  }
}

function isLoose({ kind }: FsckFinding): boolean {
  return kind === 'unreachable' || kind === 'dangling';
}

function findingsOf(output: string, repository: Repository): readonly FsckFinding[] {
  return output.split('\n').flatMap((line): FsckFinding[] => {
    const text = withoutFolders(line, repository);
    if (TO.test(line)) return [{ kind: 'broken link', type: null, sha: null, text: text.trim() }];
    const [, kind, type, sha] = OBJECT.exec(line) ?? BROKEN.exec(line) ?? FAULT.exec(line) ?? [];
    if (kind === undefined) return [];
    return [{ kind: kind === 'fatal' ? 'error' : kind, type: type ?? null, sha: sha ?? null, text }];
  });
}

/** Where the repository lies is no finding. */
function withoutFolders(line: string, { gitDir, commonDir }: Repository): string {
  return line.replaceAll(`${gitDir}/`, '').replaceAll(`${commonDir}/`, '');
}
