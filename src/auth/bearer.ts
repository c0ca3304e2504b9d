/**
 * The token of an `Authorization` header.
 *
 * @returns `undefined` where no header was sent; `''`, which no token equals, where the header is not `Bearer <token>`
 */
export function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1] ?? '';
}
