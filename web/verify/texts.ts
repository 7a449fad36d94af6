/** What the page says, in the house's three languages. */

export interface Texts {
  page: Record<'title' | 'why' | 'key' | 'keyWhy' | 'file' | 'paste' | 'check' | 'language', string>
  proved: string
  absent: string
  otherwise: string
  erased: string
  unsealed: string
  unsigned: string
  keyless: string
  whole: string
  broken: string
  holds: string
  refused: string
  unknown: string
  nothing: string
  good: string
  itself: string
  colon: string
  root: string
  open: (count: number) => string
  bad: (count: number) => string
  signed: (origin: string, size: number) => string
  owed: (account: string, balance: string, total: string) => string
  notOwed: (account: string) => string
}

export const LANGUAGES = [
  ['en', 'English'],
  ['zh', '中文'],
  ['de', 'Deutsch'],
] as const
type Language = (typeof LANGUAGES)[number][0]

export function chosen(tag: string): Language {
  const first = tag.slice(0, 2)
  return LANGUAGES.find(([code]) => code === first)?.[0] ?? 'en'
}

export const TEXTS: Record<Language, Texts> = {
  en: {
    page: {
      title: 'Check a proof',
      why: 'This page asks no server. Save it, and it works without a network for good.',
      key: 'The log’s key',
      keyWhy:
        'From where you trust it. Without it, the key in the file is used, which shows ' +
        'only that the file agrees with itself.',
      file: 'A file: rows of the log, readings (all pages), a balance, or a checkpoint',
      paste: 'Or paste its text',
      check: 'Check',
      language: 'Language',
    },
    proved: 'In the signed log',
    absent: 'Not in the log',
    otherwise: 'Shown otherwise than it is written',
    erased: 'Erased, its place in the log stays',
    unsealed: 'Not sealed yet',
    unsigned: 'The log’s key has not signed this.',
    keyless: 'Give the log’s key above.',
    whole: 'The list is whole: none was left out, put in or exchanged.',
    broken: 'The list is not the one that was signed for.',
    holds: 'ok',
    refused: 'refused',
    unknown: 'This is no proof that this page knows.',
    nothing: 'There is nothing in it.',
    good: 'Sound.',
    itself: 'The file agrees with itself; give the log’s key to know whose it is.',
    colon: ': ',
    root: 'The total’s root, to compare with the one that others see',
    open: (count) =>
      count === 1
        ? 'One row is not sealed yet: nothing is proved of it. The rest is sound.'
        : `${count} rows are not sealed yet: nothing is proved of them. The rest is sound.`,
    bad: (count) => (count === 1 ? 'One thing is wrong.' : `${count} things are wrong.`),
    signed: (origin, size) => `Signed by ${origin}, ${size} rows`,
    owed: (account, balance, total) => `${account}: ${balance} in the total of ${total}`,
    notOwed: (account) => `${account}: not in the total`,
  },
  zh: {
    page: {
      title: '验证证明',
      why: '本页不访问任何服务器。保存下来，离线也可一直使用。',
      key: '日志的公钥',
      keyWhy: '请从你信任的来源取得。留空则使用文件自带的公钥，只能说明文件自身一致。',
      file: '文件：日志条目、查阅记录（全部分页）、余额证明或检查点',
      paste: '或粘贴文本',
      check: '验证',
      language: '语言',
    },
    proved: '在已签名的日志中',
    absent: '不在日志中',
    otherwise: '所示与所写不符',
    erased: '已抹除，在日志中的位置保留',
    unsealed: '尚未封存',
    unsigned: '日志的密钥没有签署此内容。',
    keyless: '请在上方填入日志的公钥。',
    whole: '列表完整：没有遗漏、插入或调换。',
    broken: '列表与签署的不一致。',
    holds: '通过',
    refused: '拒绝',
    unknown: '本页不认识这种证明。',
    nothing: '内容为空。',
    good: '无误。',
    itself: '文件自身一致；填入日志公钥才能确认出处。',
    colon: '：',
    root: '总额的根，请与他人所见的比对',
    open: (count) => `有 ${count} 条尚未封存，还不能证明什么；其余无误。`,
    bad: (count) => `有 ${count} 处错误。`,
    signed: (origin, size) => `由 ${origin} 签署，共 ${size} 条`,
    owed: (account, balance, total) => `${account}：${balance} 在总额 ${total} 之中`,
    notOwed: (account) => `${account}：不在总额之中`,
  },
  de: {
    page: {
      title: 'Einen Beweis prüfen',
      why: 'Diese Seite fragt keinen Server. Gespeichert funktioniert sie für immer ohne Netz.',
      key: 'Schlüssel des Protokolls',
      keyWhy:
        'Von dort, wo Sie ihm trauen. Ohne ihn gilt der Schlüssel in der Datei; das ' +
        'zeigt nur, dass die Datei mit sich selbst übereinstimmt.',
      file:
        'Eine Datei: Zeilen des Protokolls, Einsichten (alle Seiten), ein Guthaben oder ' +
        'ein Prüfpunkt',
      paste: 'Oder den Text einfügen',
      check: 'Prüfen',
      language: 'Sprache',
    },
    proved: 'Im unterschriebenen Protokoll',
    absent: 'Nicht im Protokoll',
    otherwise: 'Anders gezeigt als geschrieben',
    erased: 'Gelöscht, sein Platz im Protokoll bleibt',
    unsealed: 'Noch nicht versiegelt',
    unsigned: 'Der Schlüssel des Protokolls hat das nicht unterschrieben.',
    keyless: 'Geben Sie oben den Schlüssel des Protokolls an.',
    whole: 'Die Liste ist ganz: nichts fehlt, nichts kam dazu, nichts wurde vertauscht.',
    broken: 'Die Liste ist nicht die, die unterschrieben wurde.',
    holds: 'stimmt',
    refused: 'abgelehnt',
    unknown: 'Einen solchen Beweis kennt diese Seite nicht.',
    nothing: 'Es steht nichts darin.',
    good: 'In Ordnung.',
    itself:
      'Die Datei stimmt mit sich überein; mit dem Schlüssel des Protokolls weiß man, ' +
      'von wem sie ist.',
    colon: ': ',
    root: 'Wurzel der Summe, zum Vergleich mit der, die andere sehen',
    open: (count) =>
      count === 1
        ? 'Eine Zeile ist noch nicht versiegelt, über sie ist nichts bewiesen. Der Rest stimmt.'
        : `${count} Zeilen sind noch nicht versiegelt, bewiesen ist davon nichts. Der Rest stimmt.`,
    bad: (count) => (count === 1 ? 'Eines stimmt nicht.' : `${count} Dinge stimmen nicht.`),
    signed: (origin, size) => `Unterschrieben von ${origin}, ${size} Zeilen`,
    owed: (account, balance, total) => `${account}: ${balance} in der Summe von ${total}`,
    notOwed: (account) => `${account}: nicht in der Summe`,
  },
}
