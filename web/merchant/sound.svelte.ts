/** Two notes when money arrives; made here, since a till must not wait for a file. */

const KEPT = 'sycee-till-mute'
let context: AudioContext | undefined

class Sound {
  /** Whether the till keeps quiet; remembered by this browser. */
  mute = $state(localStorage.getItem(KEPT) === '1')
  /** How often it has sounded since it was opened, which a quiet room can be asked by. */
  played = $state(0)

  /** Browsers let a page sound only after a gesture: call this from one. */
  allow(): void {
    context ??= new AudioContext()
    void context.resume()
  }

  turn(): void {
    this.mute = !this.mute
    localStorage.setItem(KEPT, this.mute ? '1' : '0')
    this.allow()
    if (!this.mute) this.chime()
  }

  chime(): void {
    if (this.mute || context?.state !== 'running') return
    this.played++
    for (const [at, pitch] of [
      [0, 880],
      [0.12, 1318.5],
    ] as const)
      note(context, context.currentTime + at, pitch)
  }
}

function note(context: AudioContext, start: number, pitch: number): void {
  const tone = context.createOscillator()
  const loudness = context.createGain()
  tone.frequency.value = pitch
  loudness.gain.setValueAtTime(0.0001, start)
  loudness.gain.exponentialRampToValueAtTime(0.2, start + 0.02)
  loudness.gain.exponentialRampToValueAtTime(0.0001, start + 0.4)
  tone.connect(loudness).connect(context.destination)
  tone.start(start)
  tone.stop(start + 0.45)
}

export const sound = new Sound()
