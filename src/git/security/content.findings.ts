import { join } from 'node:path';

import { Inject, Injectable } from '@nestjs/common';

import { ServerError } from '../../shared/errors/index.js';
import { GIT_CLI, type GitCli } from '../git-cli.port.js';
import { entryKind, readSmallFile } from '../paths/small-text-file.js';
import { RemotePolicy } from '../remotes/remote-policy.service.js';
import { maskUrl, parseRemoteUrl } from '../remotes/remote-url.js';
import { type Repository } from '../repository.js';
import { ConfigReader, type FiledEntry } from './config.reader.js';
import { type Danger, type SecurityFinding } from './finding.js';

/** `filter=lfs`, `diff=pdf`, `merge=ours` in a line of attributes. */
const DRIVER = /(?:^|\s)(filter|diff|merge)=([^\s]+)/g;
const MAX_FILES = 200;
const LISTING = { maxOutputBytes: 64 * 2 ** 20 };

/** Finds what the files of a repository and its remotes would do, together with its configuration. */
@Injectable()
export class ContentFindings {
  constructor(
    @Inject(GIT_CLI) private readonly git: GitCli,
    private readonly reader: ConfigReader,
    private readonly policy: RemotePolicy,
  ) {}

  async find(
    repository: Repository,
    entries: readonly FiledEntry[],
    signal: AbortSignal,
  ): Promise<readonly SecurityFinding[]> {
    const [attributes, submodules, remotes] = await Promise.all([
      this.attributes(repository, entries, signal),
      this.submodules(repository, signal),
      this.remotes(entries, signal),
    ]);
    return [...attributes, ...submodules, ...remotes];
  }

  /** Attributes are inert by themselves: they choose among the drivers that the configuration names. */
  private async attributes(
    repository: Repository,
    entries: readonly FiledEntry[],
    signal: AbortSignal,
  ): Promise<readonly SecurityFinding[]> {
    const drivers = new Set(entries.map(({ section, subsection }) => `${section}=${subsection ?? ''}`));
    const isActive = repository.trust === 'trusted';
    const findings: SecurityFinding[] = [];
    const { path, commonDir } = repository;
    const own = { file: 'info/attributes', at: join(commonDir, 'info/attributes') };
    const tracked = await this.attributeFiles(repository, signal);
    for (const { file, at } of [own, ...tracked.map((name) => ({ file: name, at: join(path, name) }))]) {
      const text = readSmallFile(at) ?? '';
      const chosen = new Set([...text.matchAll(DRIVER)].map(([, kind, name]) => `${kind}=${name}`));
      for (const driver of [...chosen].filter((one) => drivers.has(one))) {
        const isDiff = driver.startsWith('diff=');
        findings.push({
          source: 'attributes',
          subject: file,
          danger: 'runs',
          effect: `applies ${driver} of the configuration`,
          treatment: isActive && !isDiff ? 'active' : 'neutralised',
          how:
            isActive && !isDiff ? 'the repository lies in git.trustedRoots' : 'its programs are overridden',
          value: driver,
        });
      }
    }
    return findings;
  }

  private async attributeFiles(repository: Repository, signal: AbortSignal): Promise<readonly string[]> {
    if (repository.bare) return [];
    const own = ['.gitattributes'];
    try {
      const command = { name: 'ls-files', options: ['-z', '--cached', '--deduplicate'] };
      const { stdout } = await this.git.run(repository, command, signal, LISTING);
      const tracked = stdout.split('\0').filter((path) => /(?:^|\/)\.gitattributes$/.test(path));
      return [...new Set([...own, ...tracked.slice(0, MAX_FILES)])];
    } catch (error) {
      // A configuration that is refused is found by itself.
      if (error instanceof ServerError && error.code === 'untrusted_config') return own;
      throw error;
    }
  }

  private async submodules(
    { path, bare }: Repository,
    signal: AbortSignal,
  ): Promise<readonly SecurityFinding[]> {
    const file = join(path, '.gitmodules');
    if (bare || entryKind(file) !== 'file') return [];
    const entries = await this.reader.file(file, signal).catch((error: unknown) => {
      if (error instanceof ServerError && error.code === 'operation_failed') return [];
      throw error;
    });
    const how = 'no tool fetches or enters submodules by itself';
    return entries.flatMap(({ key, variable, value }) => {
      const danger = dangerOfModule(variable, value);
      if (danger === undefined) return [];
      const [kind, effect] = danger;
      const finding = { danger: kind, effect, treatment: 'unused' as const, how, value: maskUrl(value) };
      return [{ source: 'submodule' as const, subject: key, ...finding }];
    });
  }

  private async remotes(
    entries: readonly FiledEntry[],
    signal: AbortSignal,
  ): Promise<readonly SecurityFinding[]> {
    const urls = entries.filter(
      ({ section, variable }) => section === 'remote' && (variable === 'url' || variable === 'pushurl'),
    );
    const found = await Promise.all(urls.map((entry) => this.remote(entry, signal)));
    return found.flat();
  }

  private async remote(entry: FiledEntry, signal: AbortSignal): Promise<readonly SecurityFinding[]> {
    const { key: subject, value: url } = entry;
    const base = { source: 'remote' as const, subject, value: maskUrl(url) };
    const findings: SecurityFinding[] = [];
    if (entry.variable === 'pushurl') {
      const how = 'it is checked as the URL is, and git_remote shows both';
      const effect = 'what is pushed goes there, and not where it was fetched from';
      findings.push({ ...base, danger: 'leads', effect, treatment: 'neutralised', how });
    }
    const kept = secretOf(url);
    if (kept !== undefined) findings.push({ ...base, danger: 'exposes', ...kept });
    const refusal = await this.policy.check(url, signal).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(refusal instanceof ServerError)) return findings;
    const { reason } = (refusal.details ?? {}) as { reason?: string };
    if (reason === 'credential-in-url') return findings;
    const effect = 'leads to a program or a place that remotes may not use';
    const how = `calls that use it: ${reason ?? refusal.code}`;
    return [...findings, { ...base, danger: 'leads', effect, treatment: 'refused', how }];
  }
}

function secretOf(url: string): Pick<SecurityFinding, 'effect' | 'treatment' | 'how'> | undefined {
  if (maskUrl(url) === url) return undefined;
  return {
    effect: 'a credential stands in the URL',
    treatment: 'shown',
    how: 'answers and logs mask it, but whoever reads the file sees it; git.credentials keeps those of hosts',
  };
}

function dangerOfModule(variable: string, value: string): readonly [Danger, string] | undefined {
  if (variable === 'update' && value.startsWith('!')) return ['runs', 'runs on git submodule update'];
  if (
    variable === 'path' &&
    (/(?:^|\/)\.\.(?:\/|$)|^\/|(?:^|\/)\.git(?:\/|$)/i.test(value) || value.startsWith('-'))
  )
    return ['leads', 'puts the submodule elsewhere'];
  if (variable !== 'url' || value.startsWith('./') || value.startsWith('../')) return undefined;
  try {
    const { protocol } = parseRemoteUrl(value);
    return protocol === 'file' ? ['reads', 'takes a repository of this machine'] : undefined;
  } catch {
    return ['runs', 'is no URL of a remote: a program, an option or another transport'];
  }
}
