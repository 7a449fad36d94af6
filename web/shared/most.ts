/** How many characters of a text `/v1` takes; `tests/house` compares it with openapi.json. */
export const MOST = {
  memo: 280,
  title: 256,
  key: 256,
  name: 200,
  email: 254,
  phone: 31,
  address: 500,
  birth_date: 10,
} as const
