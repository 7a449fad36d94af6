import { boot } from '$shared/boot'
import App from './App.svelte'

await boot(App, 500)
