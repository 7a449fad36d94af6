/*
 * The checkout button: <sycee-pay token="…"></sycee-pay> on a shop's own page.
 *
 * The token is that of a link (POST /v1/links). The button leads to the link's page here, where the
 * payer approves; the link's return_url leads back. What is inside the element stays visible where
 * this script does not run, so put a plain link to the page there.
 *
 * Attributes: token; label, in place of "Pay with Sycee"; lang, else the page's own.
 * Style it with ::part(button). It needs no other script, no frame, no cookie and no inline style.
 */
{
  const origin = new URL(document.currentScript.src).origin
  const WORDS = { en: 'Pay with Sycee', zh: '用 Sycee 付款', de: 'Mit Sycee bezahlen' }
  const TOKEN = /^[A-Za-z0-9_-]{22}$/
  const SVG = 'http://www.w3.org/2000/svg'
  const INGOT = 'M3 17c5 2.5 9 3.5 13 3.5h16c4 0 8-1 13-3.5-1 12-7 22-15 22H18C10 39 4 29 3 17Z'

  const style = new CSSStyleSheet()
  style.replaceSync(`
    :host { display: inline-block }
    a { display: inline-flex; align-items: center; justify-content: center; gap: .6em;
      min-height: 46px; box-sizing: border-box; padding: 0 1.5em; border-radius: 999px;
      background: #b3301a; color: #fff; font: 600 1rem/1.2 system-ui, sans-serif;
      text-decoration: none }
    a:hover { background: #8f2412 }
    a:focus-visible { outline: 3px solid #b3301a; outline-offset: 2px }
    svg { width: 1.5em; height: 1.5em }
    path { fill: #e3e6e9 } ellipse { fill: #fff }
  `)

  /** The ingot, in shapes: nothing is parsed from text, so Trusted Types have nothing to mind. */
  const mark = () => {
    const drawing = document.createElementNS(SVG, 'svg')
    drawing.setAttribute('viewBox', '0 0 48 48')
    drawing.setAttribute('aria-hidden', 'true')
    const body = document.createElementNS(SVG, 'path')
    body.setAttribute('d', INGOT)
    const dome = document.createElementNS(SVG, 'ellipse')
    for (const [name, value] of [
      ['cx', 24],
      ['cy', 20.5],
      ['rx', 11.5],
      ['ry', 8.5],
    ])
      dome.setAttribute(name, String(value))
    drawing.append(body, dome)
    return drawing
  }

  class SyceePay extends HTMLElement {
    static observedAttributes = ['token', 'label', 'lang']

    connectedCallback() {
      this.draw()
    }

    attributeChangedCallback() {
      if (this.isConnected) this.draw()
    }

    draw() {
      const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
      root.adoptedStyleSheets = [style]
      const token = this.getAttribute('token') ?? ''
      if (!TOKEN.test(token)) {
        root.replaceChildren(document.createElement('slot')) // what the shop wrote inside
        return
      }
      const link = document.createElement('a')
      link.part = 'button'
      link.href = `${origin}/p/${token}`
      const spoken = this.closest('[lang]')?.getAttribute('lang') ?? navigator.language
      const text = this.getAttribute('label') ?? WORDS[spoken.slice(0, 2)] ?? WORDS.en
      link.append(mark(), text)
      root.replaceChildren(link)
    }
  }
  if (!customElements.get('sycee-pay')) customElements.define('sycee-pay', SyceePay)
}
