import type { texts as English } from './en'

export const texts: typeof English = {
  you: 'Du',
  other: 'Die andere Seite',
  brought: {
    title: 'Belege',
    why: 'Die Schlichtung liest, was beide Seiten bringen, und du auch. Jeder Blick wird aufgeschrieben; wer den Beleg brachte, sieht das.',
    none: 'Noch nichts vorgebracht',
    text: 'Text',
    file: 'Datei',
    open: 'Öffnen',
    save: 'Datei sichern',
    picture: (name: string) => `Beleg von ${name}`,
  },
  selling: {
    asks: (amount: string, returns: boolean) =>
      `Der Käufer bittet um ${amount} zurück${returns ? ' und schickt die Ware zuerst zurück' : ''}.`,
    agree: 'Zustimmen',
    refuse: 'Ablehnen',
    receive: 'Die Ware ist zurück: Geld zurückgeben',
    ship: 'Ich habe es verschickt',
    back: 'Geld zurückgeben',
  },
  giveBack: {
    title: 'Geld zurückgeben',
    why: 'Es geht an den, der gezahlt hat. Nie geht mehr zurück, als gezahlt wurde.',
    amount: 'Wie viel',
    send: (amount: string) => (amount ? `${amount} zurückgeben` : 'Zurückgeben'),
    done: 'Zurückgegeben',
  },
  deal: {
    sell: 'Etwas verkaufen',
    buy: 'Bei jemandem kaufen',
    sellWhy:
      'Der Käufer zahlt zuerst, und das Geld wartet in einem eigenen Topf. Es gehört dir, sobald er hat, was du verkauft hast, und das sagt.',
    buyWhy:
      'Du zahlst zuerst, aber nicht dem Verkäufer: Das Geld wartet in einem eigenen Topf, bis du hast, was du gekauft hast, und das sagst.',
    buyer: 'Käufer',
    buyerHint: 'Ein Kontakt oder ein Kurzname. Bleibt es leer, ist Käufer, wer bezahlt.',
    seller: 'Verkäufer',
    sellerHint: 'Ein Kontakt oder ein Kurzname.',
    kind: 'Ware oder Arbeit',
    goods: 'Ware',
    work: 'Arbeit in Teilen',
    job: 'Was für eine Arbeit',
    things: {
      title: 'Was es ist und was es kostet',
      name: 'Was',
      count: 'Stück',
      amount: 'Preis',
      add: 'Noch etwas',
      remove: (n: number) => `${n}. herausnehmen`,
    },
    steps: {
      title: 'Jeder Teil wird für sich angenommen und bezahlt',
      name: 'Teil',
      amount: 'Preis',
      add: 'Noch ein Teil',
      remove: (n: number) => `${n}. Teil herausnehmen`,
    },
    make: (amount: string) =>
      amount ? `Bestellung über ${amount} schreiben` : 'Bestellung schreiben',
    bought: 'Noch keine Bestellungen',
    boughtWhy:
      'Kauf bei jemandem, den du noch nicht kennst: Niemand wird bezahlt, bevor du die Ware hast.',
    sold: 'Noch nichts verkauft',
    soldWhy:
      'Schreib eine Bestellung und zeig sie dem Käufer: Verschick nichts, bevor sie bezahlt ist.',
  },
  early: {
    title: 'Einen Teil vorab zahlen',
    why: (held: string) =>
      `Er geht sofort an den Verkäufer und kommt nicht von selbst zurück. ${held} liegen bereit.`,
    amount: 'Wie viel',
    pay: (amount: string) =>
      amount ? `${amount} jetzt an den Verkäufer zahlen` : 'Jetzt an den Verkäufer zahlen',
  },
  wish: {
    change: 'Etwas anderes verlangen',
    before: (amount: string) => `Bisher verlangt: ${amount}.`,
  },
  steps: {
    title: 'Wie weit es ist',
    made: 'Bestellt',
    paid: 'Bezahlt',
    sent: 'Verschickt',
    done: 'Erledigt',
  },
  parcel: {
    title: 'Sendung',
    sent: 'Verschickt',
    inside: 'Inhalt',
  },
}
