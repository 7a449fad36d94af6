/*
 * Opens the wallet without a network: its page and parts are kept when this worker is installed,
 * and
 * a new worker takes the place of an old one with everything that belongs to it. Answers of /v1 are
 * never kept here, and no payment is ever queued: what is not sent now is not sent.
 */
const FILES = __FILES__
const NAME = 'wallet-__VERSION__'

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(NAME)
      .then((cache) => cache.addAll(FILES))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name))),
      )
      .then(() => self.clients.claim()),
  )
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin || pathname.startsWith('/v1/')) return
  if (request.mode === 'navigate') event.respondWith(page(request))
  else if (pathname.startsWith('/assets/')) event.respondWith(part(request))
})

/** The newest page if it comes soon, else the kept one. */
async function page(request) {
  const cache = await caches.open(NAME)
  try {
    return await fetch(request, { signal: AbortSignal.timeout(2500) })
  } catch {
    return (await cache.match('/wallet/index.html')) ?? Response.error()
  }
}

async function part(request) {
  const cache = await caches.open(NAME)
  return (await cache.match(request)) ?? fetch(request)
}
