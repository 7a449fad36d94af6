/** What a scanned text asks the wallet to do. */

const PAGE = /^https?:\/\/[^/]+\/p\/([\w-]{1,64})$/
const CODE = /^https?:\/\/[^/]+\/wallet\/(.+)$/

/** The wallet's own path for a link of this house, a handle, or another code to be looked up. */
export function pathOf(text: string): string {
  const page = PAGE.exec(text.trim())
  if (page) return `/p/${page[1]}`
  const link = CODE.exec(text.trim())
  if (link) return `/${link[1]}`
  const handle = /^@([a-z0-9._-]{2,32})$/i.exec(text.trim())
  if (handle) return `/send?to=${encodeURIComponent(handle[1] ?? '')}`
  return `/send?code=${encodeURIComponent(text.trim())}`
}
