/** What a scanned text asks the wallet to do. */

const CODE = /^https?:\/\/[^/]+\/wallet\/(.+)$/

/** The wallet's own path for a link of this house or a handle; undefined for any other code. */
export function pathOf(text: string): string | undefined {
  const link = CODE.exec(text.trim())
  if (link) return `/${link[1]}`
  const handle = /^@([a-z0-9._-]{2,32})$/i.exec(text.trim())
  return handle ? `/send?to=${encodeURIComponent(handle[1] ?? '')}` : undefined
}
