export const texts = {
  parts: {
    title: 'Parts of the work',
    approve: 'Accept and pay',
    reject: 'Not done yet',
    submit: 'It is done',
    states: { open: 'Open', submitted: 'Handed in', approved: 'Accepted' } as Record<
      string,
      string
    >,
  },
  fee: (percent: string) => `The house keeps ${percent} of what the seller is paid.`,
  invite: {
    title: 'Show this to the buyer',
    anyone: 'Whoever opens it sees the order, and is its buyer once they have paid.',
    named: 'It waits in the buyer’s wallet. This opens it too.',
    code: 'The order as a code',
  },
  reprice: {
    title: 'Change the price',
    one: (n: number) => `price of one of ${n}`,
    freight: 'Freight',
    total: 'Total',
  },
  ratings: {
    title: 'Ratings',
    seller: 'Rate the seller',
    buyer: 'Rate the buyer',
    stars: (n: number) => `${n} of 5 stars`,
    given: 'You gave',
    got: 'You were given',
    words: 'A few words, if you like',
    wordsHint: 'Sealed: the two sides of the order can open it, and each look is written down.',
    send: 'Send the rating',
    read: 'Read the words',
  },
}
