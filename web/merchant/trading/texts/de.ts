import type { texts as english } from './en'

export const texts: typeof english = {
  delivery: 'Wie geliefert wird',
  deliveries: {
    ship: 'Ware wird verschickt',
    milestones: 'Arbeit in Teilen, jeder für sich angenommen und bezahlt',
    none: 'Nichts wird verschickt; das Geld wird von selbst ausgezahlt',
  },
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
    total: 'Zusammen',
  },
  settle: {
    title: 'Jetzt auszahlen',
    why: (held) =>
      `In dieser Bestellung wird nichts verschickt, also müssen Sie die Frist nicht abwarten. ${held} werden verwahrt.`,
    amount: 'Wie viel; leer ist alles',
  },
  split: {
    title: 'Einen Teil weitergeben',
    whyHeld:
      'Bezahlt wird, wenn Sie bezahlt werden, aus Ihrem Anteil. Das lässt sich nicht zurücknehmen.',
    whyPaid: 'Sie sind schon bezahlt, also geht es jetzt von Ihrem Konto ab.',
    whom: 'Wer wie viel bekommt',
    name: 'Kürzel',
    amount: 'Betrag',
    add: 'Noch jemand',
    remove: (n) => `Zeile ${n} herausnehmen`,
  },
  shares: {
    title: 'Wer wie viel bekommt',
    paid: (amount) => `davon ${amount} freigegeben`,
  },
  rating: {
    title: 'Bewertungen',
    rate: 'Käufer bewerten',
    stars: (n) => `${n} von 5 Sternen`,
    got: 'Der Käufer gab Ihnen',
    given: 'Sie gaben dem Käufer',
  },
}
