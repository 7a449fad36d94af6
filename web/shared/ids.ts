/** Public ids: a noun, an underscore and 26 characters of Crockford's base 32. */

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** The public id of a UUID, as routes take it: `trd_01jd…`. */
export function publicId(noun: string, uuid: string): string {
  let rest = BigInt(`0x${uuid.replaceAll('-', '')}`)
  let text = ''
  for (let i = 0; i < 26; i++) {
    text = (ALPHABET[Number(rest & 31n)] ?? '') + text
    rest >>= 5n
  }
  return `${noun}_${text}`
}
