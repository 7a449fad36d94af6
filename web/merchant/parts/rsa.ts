/** An RSA key pair made in this browser, as shop software reads it: PEM. */

export interface Pair {
  secret: string
  shown: string
}

export async function makePair(): Promise<Pair> {
  const made = await crypto.subtle.generateKey(
    {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: 'SHA-256',
    },
    true,
    ['sign', 'verify'],
  )
  const [secret, shown] = await Promise.all([
    crypto.subtle.exportKey('pkcs8', made.privateKey),
    crypto.subtle.exportKey('spki', made.publicKey),
  ])
  return { secret: pem('PRIVATE KEY', secret), shown: pem('PUBLIC KEY', shown) }
}

function pem(name: string, der: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(der)))
  const lines = text.match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${name}-----`, ...lines, `-----END ${name}-----`].join('\n')
}
