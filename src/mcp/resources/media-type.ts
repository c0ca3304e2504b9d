import { isUtf8 } from 'node:buffer';

/** How far git looks for a NUL before it takes a file for text. */
const LOOKED_AT = 8_000;

const TEXT: Readonly<Record<string, string>> = {
  css: 'text/css',
  csv: 'text/csv',
  diff: 'text/x-diff',
  htm: 'text/html',
  html: 'text/html',
  js: 'text/javascript',
  json: 'application/json',
  markdown: 'text/markdown',
  md: 'text/markdown',
  mjs: 'text/javascript',
  patch: 'text/x-diff',
  svg: 'image/svg+xml',
  toml: 'application/toml',
  xml: 'application/xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',
};

const BINARY: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  flac: 'audio/flac',
  gif: 'image/gif',
  gz: 'application/gzip',
  ico: 'image/vnd.microsoft.icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  ogg: 'audio/ogg',
  otf: 'font/otf',
  pdf: 'application/pdf',
  png: 'image/png',
  tar: 'application/x-tar',
  tiff: 'image/tiff',
  ttf: 'font/ttf',
  wasm: 'application/wasm',
  wav: 'audio/wav',
  webm: 'video/webm',
  webp: 'image/webp',
  woff: 'font/woff',
  woff2: 'font/woff2',
  zip: 'application/zip',
};

/** Text as git judges it (no NUL near its start), and UTF-8: else it could not be sent as text unchanged. */
export function isText(content: Buffer): boolean {
  return !content.subarray(0, LOOKED_AT).includes(0) && isUtf8(content);
}

/** By content first: a picture kept elsewhere, with a pointer of text in its place, is text. */
export function mediaTypeOf(name: string, content: Buffer): string {
  const extension = /\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  const [types, otherwise] = isText(content) ? [TEXT, 'text/plain'] : [BINARY, 'application/octet-stream'];
  return Object.hasOwn(types, extension) ? (types[extension] ?? otherwise) : otherwise;
}
