import { constants, createInflate, deflateSync } from 'node:zlib';

/** Node ends the process, and throws nothing, where its inside is called in another way than it expects: those tried by the tests. */
const KNOWN = new Set(['20']);

/** What a stream of node:zlib works with. It is not documented. */
interface Handle {
  onerror: () => void;
  reset(): void;
  writeSync(
    flush: number,
    input: Buffer,
    inputStart: number,
    inputLength: number,
    output: Buffer,
    outputStart: number,
    outputLength: number,
  ): void;
}

interface Stream {
  readonly _handle: Handle;
  /** How much was left of the output, and of the input. */
  readonly _writeState: Uint32Array;
}

/** Inflates one stream after the other with the same state of zlib: to set one up takes ten times as long as a small object. */
class ReusedZlib {
  private readonly handle: Handle;
  private readonly left: Uint32Array;
  private failed = false;

  constructor({ _handle: handle, _writeState: left }: Stream) {
    this.handle = handle;
    this.left = left;
    // What node:zlib does instead ends the stream.
    handle.onerror = () => (this.failed = true);
  }

  /**
   * @param bytes more may follow the stream
   * @returns `undefined` where they are damaged, or more or fewer than `size` come out
   */
  inflate(bytes: Buffer, size: number): Buffer | undefined {
    // One more, so that a stream that has more to say is told from one that has ended.
    const output = Buffer.allocUnsafe(size + 1);
    this.failed = false;
    this.handle.reset();
    this.handle.writeSync(constants.Z_FINISH, bytes, 0, bytes.length, output, 0, output.length);
    return this.failed || this.left[0] !== 1 ? undefined : output.subarray(0, size);
  }
}

/** @returns `undefined` where this Node has another zlib inside */
export function reusedZlib(
  makeStream: () => unknown = createInflate,
  version = process.versions.node,
): Pick<ReusedZlib, 'inflate'> | undefined {
  if (!KNOWN.has(version.split('.')[0] ?? '')) return undefined;
  const content = Buffer.from('a text, a text');
  const deflated = deflateSync(content);
  try {
    const zlib = new ReusedZlib(makeStream() as Stream);
    const refused = [deflated.subarray(0, -5), deflated.subarray(1)].every(
      (bytes) => zlib.inflate(bytes, content.length) === undefined,
    );
    const exact = [-1, 1].every((more) => zlib.inflate(deflated, content.length + more) === undefined);
    // Also after those that were refused.
    const same = [1, 2].every(() => zlib.inflate(deflated, content.length)?.equals(content));
    return same && refused && exact ? zlib : undefined;
  } catch {
    return undefined;
  }
}
