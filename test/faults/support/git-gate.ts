import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** When a process is killed. */
export interface GatePoint {
  /** At a command of this name; at any where it is empty. */
  readonly command: string;
  /** Which of them, 1 for the first. */
  readonly nth?: number;
  readonly after: boolean;
}

/**
 * A `git` that stands before the real one in a PATH: notes which commands are run, and kills a process before or after
 * one of them. So a server can be killed between any two steps that it takes with git, without knowing of it.
 */
export class GitGate {
  constructor(private readonly folder: string) {
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    mkdirSync(folder);
    const script = `#!/bin/sh
[ -e '${this.file('watched')}' ] || exec '${real}' "$@"
printf ' %s ' "$*" | tr '\\n\\0' '  ' >> '${this.file('seen')}'
echo >> '${this.file('seen')}'
read -r pid when nth command < '${this.file('point')}'
case " $* " in *" $command\${command:+ }"*) ;; *) exec '${real}' "$@" ;; esac
[ "$(grep -c -- " $command\${command:+ }" '${this.file('seen')}')" -ge "$nth" ] || exec '${real}' "$@"
rm '${this.file('watched')}'
if [ "$when" = after ]; then '${real}' "$@"; fi
kill -9 "$pid"
`;
    writeFileSync(this.file('git'), script, { mode: 0o755 });
  }

  /** With the gate in it. */
  get path(): string {
    return `${this.folder}:${process.env['PATH']}`;
  }

  /** Notes the commands from now on. */
  watch(): void {
    this.kill(0, { command: 'no-such-command', after: false });
  }

  kill(pid: number, { command, nth = 1, after }: GatePoint): void {
    rmSync(this.file('seen'), { force: true });
    writeFileSync(this.file('point'), `${pid} ${after ? 'after' : 'before'} ${nth} ${command}\n`);
    writeFileSync(this.file('watched'), '');
  }

  leave(): void {
    rmSync(this.file('watched'), { force: true });
  }

  /** The commands noted, one line each. */
  seen(): readonly string[] {
    const path = this.file('seen');
    return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  }

  private file(name: string): string {
    return join(this.folder, name);
  }
}

/** @returns the command of a line of `seen` */
export function commandOf(line: string): string {
  return line.split(' ').find((word) => word !== '' && !word.startsWith('-')) ?? '';
}
