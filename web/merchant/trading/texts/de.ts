import type { texts as English } from './en'

export const texts: typeof English = {
  delivery: 'Wie geliefert wird',
  deliveries: {
    ship: 'Ware wird verschickt',
    milestones: 'Arbeit in Teilen',
    none: 'Nichts wird verschickt',
  },
  deliveryWhy: {
    ship: 'Das Geld wartet, bis die Kundschaft die Ware hat oder die Frist ohne ein Wort vergeht.',
    milestones: 'Jeder Teil wird vorgelegt, angenommen und für sich bezahlt.',
    none: 'Ein Platz, eine Stunde, etwas über die Theke: Das Geld wird nach einem Tag von selbst ausgezahlt.',
  },
  things: {
    title: 'Ware',
    name: 'Was',
    count: 'Stück',
    amount: 'Preis',
    add: 'Noch etwas',
    remove: (n) => `Ware ${n} herausnehmen`,
  },
  takeWhy:
    'Die Kundschaft zeigt den Code; das Geld wartet für diese Bestellung, als hätte sie in der Wallet bezahlt.',
  states: {
    none: { 'wait-buyer-confirm': 'Bezahlt, auszuzahlen' },
    milestones: { 'wait-seller-ship': 'Zu erledigen', 'wait-buyer-confirm': 'Beim Käufer' },
  },
  parts: {
    title: 'Teile der Arbeit',
    name: 'Was',
    amount: 'Preis',
    add: 'Noch ein Teil',
    remove: (n) => `Teil ${n} herausnehmen`,
  },
  settle: {
    title: 'Jetzt auszahlen',
    why: (held) =>
      `In dieser Bestellung wird nichts verschickt, also musst du die Frist nicht abwarten. ${held} werden verwahrt.`,
    amount: 'Wie viel; leer ist alles',
  },
  split: {
    title: 'Einen Teil weitergeben',
    whyHeld:
      'Bezahlt wird, wenn du bezahlt wirst, aus deinem Anteil. Das lässt sich nicht zurücknehmen.',
    whyPaid: 'Du bist schon bezahlt, also geht es jetzt von deinem Konto ab.',
    whom: 'Wer wie viel bekommt',
    name: 'Kurzname',
    amount: 'Betrag',
    add: 'Noch jemand',
    remove: (n) => `Zeile ${n} herausnehmen`,
  },
  shares: {
    title: 'Wer wie viel bekommt',
    paid: (amount) => `davon ${amount} freigegeben`,
  },
}
