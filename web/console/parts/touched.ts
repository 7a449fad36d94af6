/** A deed that wants a touch of a moment ago: asks for one, once, without leaving the screen. */
import { Refused } from '$shared/api/client'
import { enterDemo, logIn } from '$shared/api/entry'
import { client, desk } from '../state.svelte'

export async function touched<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 'touch-needed') throw error
    const { session } = client
    const handle = desk.me?.party.handle
    if (session?.demo && handle) await enterDemo(client, handle)
    else await logIn(client, session?.session)
    desk.session = client.session
    return await act()
  }
}
