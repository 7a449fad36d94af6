/** Two short notes when money has come; browsers let them sound after a touch. */
let context: AudioContext | undefined

/** Call in a gesture, so that the note may sound later. */
export function wake(): void {
  context ??= new AudioContext()
  void context.resume()
}

export function ring(): void {
  if (context?.state !== 'running') return
  const start = context.currentTime
  for (const [i, pitch] of [880, 1318.5].entries()) {
    const at = start + i * 0.12
    const note = context.createOscillator()
    const loudness = context.createGain()
    note.frequency.value = pitch
    loudness.gain.setValueAtTime(0.2, at)
    loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.4)
    note.connect(loudness).connect(context.destination)
    note.start(at)
    note.stop(at + 0.4)
  }
}
