/** The page that checks proofs by itself: saved as one file, opened without a network. */
import {
  bytes,
  consistent,
  contains,
  included,
  opened,
  whole,
  type Checkpoint,
  type Reading,
} from '../shared/proof.ts'
import { amount } from '../shared/money.ts'
import { proved, type Owed } from '../shared/owed.ts'
import { asWritten, type Shown } from '../shared/written.ts'
import { chosen, LANGUAGES, TEXTS, type Texts } from './texts.ts'

type Opened = Reading & Shown & { disclosed?: Opened | null }
interface Page {
  key: string | null
  checkpoint: string | null
  items: Opened[]
  standing?: string | null
}
interface Case {
  kind: 'inclusion' | 'consistency'
  [name: string]: unknown
}
/** `open`: no more is known of it yet, so it counts for nothing. */
type Look = 'good' | 'bad' | 'plain' | 'open'
interface Verdict {
  look: Look
  text: string
}

const find = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T
let texts: Texts = TEXTS[chosen(navigator.language)]
/** What was checked last: it is said anew when the language changes. */
let last: string | undefined

function speak(language: string): void {
  texts = TEXTS[chosen(language)]
  document.documentElement.lang = chosen(language)
  document.title = `Sycee · ${texts.page.title}`
  find('language').setAttribute('aria-label', texts.page.language)
  for (const part of document.querySelectorAll<HTMLElement>('[data-text]'))
    part.textContent = texts.page[part.dataset['text'] as keyof Texts['page']]
  if (last !== undefined) void run(last)
}

async function row(each: Opened, checkpoint: Checkpoint): Promise<Verdict> {
  const name = `${each.verb}  ${each.id}`
  if (!asWritten(each)) return { look: 'bad', text: texts.otherwise + texts.colon + name }
  if (each.salt === null) return { look: 'plain', text: texts.erased + texts.colon + name }
  if (each.index === null) return { look: 'open', text: texts.unsealed + texts.colon + name }
  return (await included(each, checkpoint))
    ? { look: 'good', text: texts.proved + texts.colon + name }
    : { look: 'bad', text: texts.absent + texts.colon + name }
}

async function pages(all: Page[], key: string): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  const readings: Opened[] = []
  let standing: Checkpoint | undefined
  let listed = false
  for (const page of all) {
    const used = key || page.key || ''
    const checkpoint = await opened(page.checkpoint ?? '', used)
    if (!checkpoint || checkpoint.origin !== used.split('+')[0])
      return [{ look: 'bad', text: texts.unsigned }]
    verdicts.push({ look: 'good', text: texts.signed(checkpoint.origin, checkpoint.size) })
    for (const each of page.items) {
      verdicts.push(await row(each, checkpoint))
      if (each.disclosed) verdicts.push(await row(each.disclosed, checkpoint))
    }
    if (page.standing === undefined) continue
    listed = true
    readings.push(...page.items)
    const end = page.standing ? await opened(page.standing, used) : undefined
    if (page.standing && !end?.origin.startsWith(`${checkpoint.origin}/readings/`))
      return [...verdicts, { look: 'bad', text: texts.unsigned }]
    if (end && (!standing || end.size > standing.size)) standing = end
  }
  if (listed) {
    readings.sort((a, b) => Number(b.data['sequence']) - Number(a.data['sequence']))
    const good = await whole(readings, standing)
    verdicts.push({ look: good ? 'good' : 'bad', text: good ? texts.whole : texts.broken })
  }
  return verdicts
}

async function owed(proofs: Owed[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  for (const proof of proofs) {
    const balance = await proved(proof)
    if (balance === undefined) {
      verdicts.push({ look: 'bad', text: texts.notOwed(proof.account) })
      continue
    }
    const { currency, sum_minor, root } = proof.total
    const said = (minor: number) => amount(minor, currency, document.documentElement.lang)
    const text = texts.owed(proof.account, said(balance), said(sum_minor))
    verdicts.push({ look: 'good', text }, { look: 'plain', text: texts.root + texts.colon + root })
  }
  return verdicts
}

async function single(given: Case): Promise<Verdict> {
  const proof = (given['proof'] ?? []) as string[]
  const hash = (name: string) => bytes(String(given[name]))
  const number = (name: string) => Number(given[name])
  const good =
    given.kind === 'inclusion'
      ? await contains(number('leafIdx'), number('treeSize'), hash('leafHash'), proof, hash('root'))
      : await consistent(number('size1'), number('size2'), hash('root1'), hash('root2'), proof)
  return { look: good ? 'good' : 'bad', text: good ? texts.holds : texts.refused }
}

/** What is in a file or was pasted: pages, balances, single proofs, or a checkpoint. */
async function check(text: string, key: string): Promise<Verdict[]> {
  if (/^[^\n{[]+\n\d+\n[A-Za-z0-9+/=]+\n\n/.test(text)) {
    const checkpoint = await opened(text, key)
    return checkpoint
      ? [{ look: 'good', text: texts.signed(checkpoint.origin, checkpoint.size) }]
      : [{ look: 'bad', text: key ? texts.unsigned : texts.keyless }]
  }
  let found: unknown[]
  try {
    found = [JSON.parse(text)]
  } catch {
    found = text
      .split('\n')
      .filter((line) => line.trim())
      .map((line) => JSON.parse(line) as unknown)
  }
  const flat = found.flat() as Record<string, unknown>[]
  if (!flat.length) return [{ look: 'bad', text: texts.nothing }]
  if (flat.every((each) => 'secret' in each)) return owed(flat as unknown as Owed[])
  if (flat.every((each) => 'kind' in each && 'proof' in each))
    return Promise.all(flat.map((each) => single(each as Case)))
  if (flat.every((each) => 'items' in each)) return pages(flat as unknown as Page[], key)
  return [{ look: 'bad', text: texts.unknown }]
}

async function run(text: string): Promise<void> {
  last = text
  const key = find<HTMLInputElement>('key').value.trim()
  find('verdict').textContent = ''
  find('rows').replaceChildren()
  let verdicts: Verdict[]
  try {
    verdicts = await check(text, key)
  } catch {
    verdicts = [{ look: 'bad', text: texts.unknown }]
  }
  const count = (look: Look) => verdicts.filter((each) => each.look === look).length
  const bad = count('bad')
  const open = count('open')
  const head = find('verdict')
  head.textContent = bad ? texts.bad(bad) : open ? texts.open(open) : texts.good
  head.className = bad ? 'bad' : open ? 'open' : 'good'
  if (!bad && !key && /"checkpoint"/.test(text)) head.textContent += ` ${texts.itself}`
  find('rows').replaceChildren(
    ...verdicts.map((each) => {
      const item = document.createElement('li')
      item.className = each.look
      item.textContent = each.text
      return item
    }),
  )
}

const language = find<HTMLSelectElement>('language')
for (const [code, name] of LANGUAGES) language.add(new Option(name, code))
language.value = chosen(navigator.language)
language.addEventListener('change', () => speak(language.value))
speak(language.value)
find<HTMLInputElement>('file').addEventListener('change', async (event) => {
  const files = (event.target as HTMLInputElement).files
  const parts = await Promise.all([...(files ?? [])].map((file) => file.text()))
  if (parts.length) await run(parts.length === 1 ? (parts[0] ?? '') : parts.join('\n'))
})
find<HTMLFormElement>('pasted').addEventListener('submit', (event) => {
  event.preventDefault()
  void run(find<HTMLTextAreaElement>('text').value)
})
