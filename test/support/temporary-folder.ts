import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder of one test; whoever creates it removes it. */
export class TemporaryFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'mcp-git-test-'));

  /** @returns the path of the file that was written */
  write(name: string, text: string, mode?: number, encoding: BufferEncoding = 'utf8'): string {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode, encoding });
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
