const MASK = '***';

/** Credentials in URLs are masked. The user of ssh is no secret: it stays where no password follows. A password may have an @. */
export function maskUrlSecrets(text: string): string {
  if (!text.includes('://')) return text;
  return text
    .replaceAll(/(https?:\/\/)[^\s/?#]+@/gi, `$1${MASK}@`)
    .replaceAll(/(:\/\/[^\s/?#@:]*:)[^\s/?#]+@/g, `$1${MASK}@`);
}
