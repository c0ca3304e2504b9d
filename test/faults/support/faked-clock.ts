import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The wall clock of a server, which can be set while it runs; its monotonic clock goes on. */
export class FakedClock {
  readonly env: Readonly<Record<string, string>>;

  private constructor(
    library: string,
    private readonly file: string,
  ) {
    this.set('+0');
    this.env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** @param file where it says what time it is; nothing is given without libfaketime */
  static at(file: string): FakedClock | undefined {
    const library = libfaketime();
    return library === undefined ? undefined : new FakedClock(library, file);
  }

  /** @param offset from the machine's clock, as `+1h` */
  set(offset: string): void {
    writeFileSync(this.file, offset);
  }
}

function libfaketime(): string | undefined {
  return readdirSync('/usr/lib', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join('/usr/lib', name, 'faketime'))
    .flatMap((folder) => {
      try {
        return readdirSync(folder)
          .filter((file) => file === 'libfaketime.so.1')
          .map((file) => join(folder, file));
      } catch {
        return [];
      }
    })[0];
}
