import { cpSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A folder that can be made again what it once was: what has not changed since is left alone. */
export class RestorableFolder {
  private readonly marks = new Map<string, string>();

  /** @param saved where its content is kept; made and removed as needed */
  constructor(
    private readonly path: string,
    private readonly saved: string,
  ) {}

  /** What is there now is what `restore` brings back. */
  seal(): void {
    rmSync(this.saved, { recursive: true, force: true });
    cpSync(this.path, this.saved, { recursive: true, verbatimSymlinks: true });
    this.marks.clear();
    for (const name of entriesBelow(this.path)) this.mark(name);
  }

  restore(): void {
    for (const name of entriesBelow(this.path)) {
      const path = join(this.path, name);
      if (this.marks.get(name) !== markOf(path)) rmSync(path, { recursive: true, force: true });
    }
    for (const name of this.marks.keys()) this.bringBack(name);
  }

  private bringBack(name: string): void {
    const [from, to] = [join(this.saved, name), join(this.path, name)];
    if (lstatSync(to, { throwIfNoEntry: false })) return;
    if (lstatSync(from).isDirectory()) mkdirSync(to);
    else cpSync(from, to, { verbatimSymlinks: true });
    this.mark(name);
  }

  private mark(name: string): void {
    this.marks.set(name, markOf(join(this.path, name)));
  }
}

/** Parents before what is in them. */
function entriesBelow(root: string, below = ''): string[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const name = join(below, entry.name);
    return entry.isDirectory() ? [name, ...entriesBelow(root, name)] : [name];
  });
}

/** Differs as soon as anybody has written there; of a folder only that it is one, and what may be done with it. */
function markOf(path: string): string {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (!stat) return 'gone';
  return stat.isDirectory() ? `folder ${stat.mode}` : `${stat.mode} ${stat.ino} ${stat.ctimeNs} ${stat.size}`;
}
