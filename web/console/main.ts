import { boot } from '$shared/boot'
import './console.css'
import App from './App.svelte'

await boot(App, 500)
