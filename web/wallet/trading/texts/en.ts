export const texts = {
  you: 'You',
  other: 'The other side',
  brought: {
    title: 'Evidence',
    why: 'The mediator reads what both sides bring, and so do you. Each look is written down, and its writer sees it.',
    none: 'Nothing brought yet',
    text: 'Text',
    file: 'File',
    open: 'Open',
    save: 'Save the file',
    picture: (name: string) => `Evidence of ${name}`,
  },
  selling: {
    asks: (amount: string) => `The buyer asks for ${amount} back.`,
    agree: 'Agree',
    refuse: 'Refuse',
    receive: 'The goods are back: return the money',
    ship: 'I have sent it',
    back: 'Give money back',
  },
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
  giveBack: {
    title: 'Give money back',
    why: 'It goes to whoever paid. More than was paid never goes back.',
    amount: 'How much',
    send: (amount: string) => (amount ? `Give ${amount} back` : 'Give back'),
    done: 'Given back',
  },
}
