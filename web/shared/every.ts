/** Does something again and again while the page is seen; the answer ends it. */
export function every(ms: number, act: () => unknown): () => void {
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') void act()
  }, ms)
  return () => clearInterval(timer)
}
