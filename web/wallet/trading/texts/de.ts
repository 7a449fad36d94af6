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
    asks: (amount: string) => `Der Käufer bittet um ${amount} zurück.`,
    agree: 'Zustimmen',
    refuse: 'Ablehnen',
    receive: 'Die Ware ist zurück: Geld zurückgeben',
    ship: 'Ich habe es verschickt',
    back: 'Geld zurückgeben',
  },
  parts: {
    title: 'Teile der Arbeit',
    approve: 'Annehmen und zahlen',
    reject: 'Noch nicht fertig',
    submit: 'Es ist fertig',
    states: { open: 'Offen', submitted: 'Eingereicht', approved: 'Angenommen' },
  },
  giveBack: {
    title: 'Geld zurückgeben',
    why: 'Es geht an den, der gezahlt hat. Nie geht mehr zurück, als gezahlt wurde.',
    amount: 'Wie viel',
    send: (amount: string) => (amount ? `${amount} zurückgeben` : 'Zurückgeben'),
    done: 'Zurückgegeben',
  },
}
