// Put into a server by --import: it keeps a kilobyte of each message that is parsed, and has the heap collected twice a
// second, so that half a minute tells what else takes a quarter of an hour.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const EVERY_MS = 500;
const KEPT_BYTES = 1_024;

const kept = [];
const parse = JSON.parse;

/** A generator, because the compiler puts no generator into whoever calls it: the stack shows its name. */
function* plantedLeak(text) {
  kept.push(Array.from({ length: KEPT_BYTES / 8 }, (_, index) => index + text.length / 2));
  yield;
}

JSON.parse = function parseAndKeep(text, ...rest) {
  plantedLeak(String(text)).next();
  return parse.call(JSON, text, ...rest);
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
setInterval(collect, EVERY_MS).unref();
