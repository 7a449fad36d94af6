import type { texts as English } from './en'

export const texts: typeof English = {
  as: (name) => `Es zahlt ${name}`,
  how: 'Betrag',
  tip: 'Trinkgeld',
  noTip: 'Keins',
  pay: (amount) => `${amount} bezahlen`,
  payAny: 'Bezahlen',
  login: 'Mit Passkey anmelden',
  loginWhy: 'Danach geben Sie genau diese Zahlung mit einer Berührung frei.',
  unlock: 'Mit Passkey entsperren',
  touching: 'Wartet auf Ihren Passkey',
  unknown: 'Es kam keine Antwort. Die Zahlung kann gelungen sein oder nicht.',
  findOut: 'Nachsehen',
  paid: 'Bezahlt',
  to: (shop) => `an ${shop}`,
  returning: 'Es geht zurück zum Geschäft …',
  changed: 'Der Laden hat den Preis geändert, seit diese Seite offen ist.',
  anew: 'Neuen Preis ansehen',
  back: 'Zurück zum Geschäft',
  wallet: 'Wallet öffnen',
  outOfBounds: (least, most) =>
    least && most
      ? `Von ${least} bis ${most}`
      : least
        ? `Mindestens ${least}`
        : `Höchstens ${most}`,
}
