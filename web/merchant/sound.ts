/** Two notes when money arrives; made here, since a till must not wait for a file. */

let context: AudioContext | undefined

/** Browsers let a page sound only after a gesture: call this from one. */
export function allowSound(): void {
  context ??= new AudioContext()
  void context.resume()
}

export function chime(): void {
  if (context?.state !== 'running') return
  for (const [at, pitch] of [
    [0, 880],
    [0.12, 1318.5],
  ] as const) {
    const tone = context.createOscillator()
    const loudness = context.createGain()
    const start = context.currentTime + at
    tone.frequency.value = pitch
    loudness.gain.setValueAtTime(0.0001, start)
    loudness.gain.exponentialRampToValueAtTime(0.2, start + 0.02)
    loudness.gain.exponentialRampToValueAtTime(0.0001, start + 0.4)
    tone.connect(loudness).connect(context.destination)
    tone.start(start)
    tone.stop(start + 0.45)
  }
}
