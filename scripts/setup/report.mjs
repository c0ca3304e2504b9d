/** Something the reader of the message has to do. Anything else that is thrown is a defect and keeps its stack. */
export class SetupFailure extends Error {}

export function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

export function reportTo(stream, error) {
  stream.write(`setup: ${error instanceof SetupFailure ? error.message : error.stack}\n`);
}
