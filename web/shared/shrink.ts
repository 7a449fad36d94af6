/**
 * A picture made small enough to send, and told nothing by: drawn anew, it has lost where and with
 * what it was taken. What is no picture stays as it is.
 */

const LONGEST_PX = 2_000
const QUALITIES = [0.85, 0.7, 0.5]

/** `file` as a JPEG of at most `most` bytes where that is possible; else whatever came closest. */
export async function shrunk(file: File, most: number): Promise<Blob> {
  if (!file.type.startsWith('image/')) return file
  let picture: ImageBitmap
  try {
    picture = await createImageBitmap(file)
  } catch {
    return file // no picture after all: the server says what it thinks of it
  }
  const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  const pen = canvas.getContext('2d')
  if (!pen) return file
  pen.fillStyle = '#fff' // a JPEG has no holes to see through
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  let best: Blob = file
  for (const quality of QUALITIES) {
    const drawn = await new Promise<Blob | null>((give) => {
      canvas.toBlob(give, 'image/jpeg', quality)
    })
    if (drawn) best = drawn
    if (best.size <= most) break
  }
  return best
}
