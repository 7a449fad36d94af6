/** The console's writes are those of every app. */
export { Act } from '$shared/act.svelte'
