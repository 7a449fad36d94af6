/**
 * Reads a code in a picture: by the browser's own detector where it has one, else by the decoder
 * that ships with the wallet.
 */

interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>
}
type Detectors = new (options: { formats: string[] }) => Detector

const LONGEST = 1_024

export class Reader {
  private own: Detector | undefined
  private canvas = document.createElement('canvas')

  constructor() {
    const known = (globalThis as { BarcodeDetector?: Detectors }).BarcodeDetector
    if (known) this.own = new known({ formats: ['qr_code'] })
  }

  async read(source: HTMLVideoElement | ImageBitmap): Promise<string | undefined> {
    if (this.own) {
      try {
        const [first] = await this.own.detect(source)
        if (first) return first.rawValue
      } catch {
        this.own = undefined // announced, but not there: some desktop browsers
      }
    }
    return this.decode(source)
  }

  private async decode(source: HTMLVideoElement | ImageBitmap): Promise<string | undefined> {
    const video = source instanceof HTMLVideoElement
    const [full, high] = video
      ? [source.videoWidth, source.videoHeight]
      : [source.width, source.height]
    if (!full || !high) return undefined
    const scale = Math.min(1, LONGEST / Math.max(full, high))
    this.canvas.width = Math.round(full * scale)
    this.canvas.height = Math.round(high * scale)
    const brush = this.canvas.getContext('2d', { willReadFrequently: true })
    if (!brush) return undefined
    brush.drawImage(source, 0, 0, this.canvas.width, this.canvas.height)
    const picture = brush.getImageData(0, 0, this.canvas.width, this.canvas.height)
    const { default: decode } = await import('qr/decode.js')
    try {
      return decode({ width: picture.width, height: picture.height, data: picture.data })
    } catch {
      return undefined // no code in this picture
    }
  }
}
