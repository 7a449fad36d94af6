import { refusals } from '../refusals/de'
import type { Words } from '../words.svelte'

export const texts: Words = {
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
  offline: 'Keine Verbindung. Es wurde nichts gesendet.',
  odd: 'Hier ist etwas schiefgegangen. Mehr ist nicht bekannt; bitte noch einmal versuchen.',
  theme: 'Erscheinungsbild',
  themeAuto: 'Wie das Gerät',
  themeLight: 'Hell',
  themeDark: 'Dunkel',
  you: 'Du',
  house: 'Das Haus',
  refusals,
}
