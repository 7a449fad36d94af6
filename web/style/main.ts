import { boot } from '$shared/boot'
import '$shared/style/table.css'
import App from './App.svelte'

await boot(App)
