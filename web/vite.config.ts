/** Builds the apps, the pay page and the page that is one file into the package, with Brotli. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { build, defineConfig, type Plugin, type Rollup } from 'vite'

const here = import.meta.dirname
const out = join(here, '../src/sycee/doors/web/static')
const server = process.env['SYCEE_PUBLIC_URL'] ?? 'http://localhost:8080'

/** Of the wallet's first screen: they go with Svelte itself, as each alone is mostly frame. */
const HOME_ICONS = /@lucide.+icons\/(gift|house|landmark|package|user-round|users-round)\./

/** The files of a folder, with their paths from it. */
function files(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below)).flatMap((name) => {
    const path = below ? `${below}/${name}` : name
    return statSync(join(folder, path)).isDirectory() ? files(folder, path) : [path]
  })
}

/** What a phone keeps to open the wallet offline: its page, scripts, styles and Latin letters. */
function offline(): Plugin {
  const keep = new Set<string>()
  return {
    name: 'sycee-offline',
    apply: 'build',
    generateBundle(_, bundle) {
      const take = (name: string): void => {
        const chunk = bundle[name]
        if (keep.has(name) || chunk?.type !== 'chunk') return
        keep.add(name)
        for (const css of chunk.viteMetadata?.importedCss ?? []) keep.add(css)
        for (const next of [...chunk.imports, ...chunk.dynamicImports]) take(next)
      }
      for (const [name, chunk] of Object.entries(bundle)) {
        if (/source-sans-3-latin-wght-normal/.test(name)) keep.add(name)
        if (chunk.type === 'chunk' && /\/wallet\/index\.html$/.test(chunk.facadeModuleId ?? ''))
          take(name)
      }
    },
    closeBundle() {
      const worker = join(out, 'wallet/worker.js')
      const always = ['wallet/index.html', 'wallet/manifest.webmanifest', 'wallet/icon.svg']
      // A chunk that held nothing but styles is gone by now; its styles stay.
      const there = new Set(files(out))
      const list = JSON.stringify(
        [...keep, ...always].filter((path) => there.has(path)).map((path) => `/${path}`),
      )
      const page = readFileSync(join(out, 'wallet/index.html'))
      const version = createHash('sha256').update(list).update(page).digest('hex').slice(0, 16)
      const text = readFileSync(worker, 'utf8')
      writeFileSync(worker, text.replace('__FILES__', list).replace('__VERSION__', version))
    },
  }
}

/** The verifier: one page with its script and style in it, which works when it is saved. */
function verifier(): Plugin {
  const from = (name: string) => readFileSync(join(here, 'verify', name), 'utf8')
  const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  return {
    name: 'sycee-verifier',
    apply: 'build',
    async closeBundle() {
      const entry = join(here, 'verify/main.ts')
      const lib = { entry, formats: ['iife' as const], name: 'verifier' }
      const made = (await build({
        configFile: false,
        logLevel: 'warn',
        publicDir: false,
        build: { lib, write: false, target: 'es2022' },
      })) as Rollup.RollupOutput[]
      const script = `\n${made[0]?.output[0].code.replaceAll('</script', '<\\/script') ?? ''}`
      const style = `\n${from('page.css')}`
      const policy =
        `default-src 'none'; script-src ${digest(script)}; style-src ${digest(style)};` +
        " base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
      const page = from('page.html')
        .replace('__POLICY__', () => policy)
        .replace('__STYLE__', () => style)
        .replace('__SCRIPT__', () => script)
      mkdirSync(join(out, 'verify'), { recursive: true })
      writeFileSync(join(out, 'verify/index.html'), page)
    },
  }
}

/** Brotli beside each file that gains by it. */
function compress(): Plugin {
  return {
    name: 'sycee-compress',
    apply: 'build',
    closeBundle() {
      for (const path of files(out)) {
        if (!/\.(js|css|html|svg|json|webmanifest)$/.test(path)) continue
        const raw = readFileSync(join(out, path))
        const small = brotliCompressSync(raw, {
          params: {
            [constants.BROTLI_PARAM_QUALITY]: 11,
            [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
          },
        })
        if (small.length < raw.length) writeFileSync(join(out, `${path}.br`), small)
      }
    },
  }
}

export default defineConfig({
  root: here,
  base: '/',
  publicDir: 'public',
  plugins: [svelte(), offline(), verifier(), compress()],
  resolve: { alias: { $shared: join(here, 'shared') } },
  build: {
    outDir: out,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: ['wallet', 'merchant', 'console', 'page', 'style'].map((app) =>
        join(here, app, 'index.html'),
      ),
      output: {
        chunkFileNames: 'assets/[name]-[hash].js',
        entryFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
        codeSplitting: { groups: [{ name: 'svelte', test: HOME_ICONS }] },
      },
    },
  },
  server: { proxy: { '/v1': server } },
})
