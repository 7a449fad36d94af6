/**
 * Lighthouse on the wallet's home, as whoever is logged in sees it: `node run.mjs ADDRESS CHROMIUM`.
 *
 * A demo identity is entered first, in the same browser; then the page is loaded cold (the mobile
 * preset: a slow phone on a slow network, simulated). Prints one line of JSON: the scores of 0 to
 * 100, what was measured, and every audit that is not full.
 */
import lighthouse from 'lighthouse'
import puppeteer from 'puppeteer-core'

const [address, executablePath, path = '/wallet/'] = process.argv.slice(2)
const browser = await puppeteer.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
})
try {
  const page = await browser.newPage()
  await page.goto(`${address}/wallet/`)
  const resident = await page.waitForSelector('::-p-text(@ada)')
  await resident.click()
  await page.waitForSelector('a.tab')
  const { lhr } = await lighthouse(
    address + path,
    {
      onlyCategories: ['performance', 'accessibility', 'best-practices'],
      disableStorageReset: true, // the session stays; caches and the worker are cleared below
      logLevel: 'error',
    },
    undefined,
    page,
  )
  if (lhr.runtimeError) throw new Error(lhr.runtimeError.code)
  const scores = Object.fromEntries(
    Object.entries(lhr.categories).map(([name, each]) => [name, Math.round(each.score * 100)]),
  )
  const measured = Object.fromEntries(
    ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'speed-index',
      'cumulative-layout-shift'].map((name) => [name, lhr.audits[name].numericValue]),
  )
  const short = Object.values(lhr.categories).flatMap((category) =>
    category.auditRefs
      .filter(({ id, weight }) => weight > 0 && (lhr.audits[id].score ?? 1) < 1)
      .map(({ id }) => [id, lhr.audits[id].score, lhr.audits[id].displayValue ?? '']),
  )
  console.log(JSON.stringify({ scores, measured, short }))
} finally {
  await browser.close()
}
