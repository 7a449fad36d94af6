export const texts = {
  delivery: 'How it is delivered',
  deliveries: {
    ship: 'Goods are sent',
    milestones: 'Work in parts',
    none: 'Nothing is sent',
  } as Record<string, string>,
  deliveryWhy: {
    ship: 'The money waits until the customer has the goods, or says nothing in time.',
    milestones: 'Each part is handed in, accepted and paid by itself.',
    none: 'A seat, a lesson, a thing handed over: the money settles by itself after a day.',
  } as Record<string, string>,
  things: {
    title: 'Goods',
    name: 'What',
    count: 'How many',
    amount: 'Price',
    add: 'Something else',
    remove: (n: number) => `Take thing ${n} out`,
  },
  takeWhy:
    'The customer holds the code out; the money waits for this order as if they had paid it in their wallet.',
  states: {
    none: { 'wait-buyer-confirm': 'Paid, to be settled' },
    milestones: { 'wait-seller-ship': 'To be done', 'wait-buyer-confirm': 'With the buyer' },
  } as Record<string, Record<string, string>>,
  parts: {
    title: 'Parts of the work',
    name: 'What',
    amount: 'Price',
    add: 'Another part',
    remove: (n: number) => `Take part ${n} out`,
  },
  settle: {
    title: 'Settle now',
    why: (held: string) =>
      `Nothing is sent in this order, so you need not wait for its term. ${held} is held.`,
    amount: 'How much; empty is all of it',
  },
  split: {
    title: 'Pass a part on',
    whyHeld: 'They are paid when you are, out of your share. This cannot be taken back.',
    whyPaid: 'You have been paid, so this is paid from your account now.',
    whom: 'Who gets how much',
    name: 'Handle',
    amount: 'Amount',
    add: 'Somebody else',
    remove: (n: number) => `Take line ${n} out`,
  },
  shares: {
    title: 'Who gets how much',
    paid: (amount: string) => `${amount} of it released`,
  },
}
