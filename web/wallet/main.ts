import { boot } from '$shared/boot'
import App from './App.svelte'

await boot(App)

if ('serviceWorker' in navigator && import.meta.env.PROD) {
  const policy = window.trustedTypes?.createPolicy('sycee-worker', {
    createScriptURL: (url: string) => url,
  })
  const url = policy ? policy.createScriptURL('/wallet/worker.js') : '/wallet/worker.js'
  void navigator.serviceWorker.register(url as string, { scope: '/wallet/' }).catch(() => undefined)
}
