import type { texts as English } from './en'

export const texts: typeof English = {
  parts: {
    title: 'Teile der Arbeit',
    approve: 'Annehmen und zahlen',
    reject: 'Noch nicht fertig',
    submit: 'Es ist fertig',
    states: { open: 'Offen', submitted: 'Eingereicht', approved: 'Angenommen' },
  },
  fee: (percent: string) => `Das Haus behält ${percent} von dem, was der Verkäufer bekommt.`,
  invite: {
    title: 'Zeig das dem Käufer',
    anyone: 'Wer es öffnet, sieht die Bestellung, und wer sie bezahlt, ist ihr Käufer.',
    named: 'Sie wartet im Wallet des Käufers. Auch hiermit öffnet sie sich.',
    code: 'Die Bestellung als Code',
  },
  reprice: {
    title: 'Preis ändern',
    one: (n: number) => `Preis für eines von ${n}`,
    freight: 'Versand',
    total: 'Summe',
  },
  ratings: {
    title: 'Bewertungen',
    seller: 'Verkäufer bewerten',
    buyer: 'Käufer bewerten',
    stars: (n: number) => `${n} von 5 Sternen`,
    given: 'Von dir',
    got: 'Für dich',
    words: 'Ein paar Worte, wenn du magst',
    wordsHint:
      'Versiegelt: Nur beide Seiten der Bestellung können es öffnen, und jeder Blick wird aufgeschrieben.',
    send: 'Bewertung abgeben',
    read: 'Worte lesen',
  },
}
