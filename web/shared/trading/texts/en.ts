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
}
