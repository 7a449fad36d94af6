import type { texts as English } from './en'

export const texts: typeof English = {
  again: 'Noch einmal',
  back: 'Zurück',
  cancel: 'Abbrechen',
  close: 'Schließen',
  copied: 'Kopiert',
  copy: 'Kopieren',
  done: 'Fertig',
  language: 'Sprache',
  loading: 'Wird geladen',
  more: 'Mehr zeigen',
  save: 'Speichern',
  search: 'Suchen',
  skip: 'Zum Inhalt',
  offline: 'Keine Verbindung.',
  unsent: 'Keine Verbindung. Es wurde nichts gesendet.',
  unknown:
    'Es kam keine Antwort; vielleicht ist es geschehen. Noch einmal versuchen macht es nie doppelt.',
  entered:
    'Keine Antwort, aber der neue Passkey kann schon gelten. Melde dich mit ihm an; ist er nicht bekannt, beginne von vorn.',
  untouched: 'Kein Passkey hat geantwortet. Nichts ist geschehen.',
  held: 'Auf diesem Gerät ist schon ein Passkey von dir. Melde dich mit ihm an.',
  keyless: 'In diesem Browser oder unter dieser Adresse gehen keine Passkeys.',
  odd: 'Hier ist etwas schiefgegangen. Mehr ist nicht bekannt; bitte noch einmal versuchen.',
  theme: 'Erscheinungsbild',
  themeAuto: 'Wie das Gerät',
  themeLight: 'Hell',
  themeDark: 'Dunkel',
  you: 'Du',
  house: 'Das Haus',
}
