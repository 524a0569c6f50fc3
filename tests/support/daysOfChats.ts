// Conversations of some days in a fake bridge, and a model in the place of its own.
import type { Page } from 'playwright-core';
import type { Message } from '../../main/ipc/contract.ts';
import { FakeBridge } from './fakeBridge.ts';

export const question =
  'Why is the sea salty but rivers are not? And how would I compute the salt in a bathtub of sea water?';
const dayMs = 86_400_000;

/** Conversations of many days, with an untitled, an over-long and an interrupted one among them. */
export function daysOfChats(): FakeBridge {
  const bridge = new FakeBridge();
  const now = Date.now();
  const answer: Partial<Message> & Pick<Message, 'role' | 'text'> = {
    role: 'assistant',
    text: 'Rivers carry tiny amounts of dissolved minerals from rocks to the sea.',
  };
  const titles: [string, number][] = [
    ['SQL window functions', 6],
    ['Rental contract, plain words', 4],
    ['Sourdough that keeps its shape', 1],
    ['Rename photos by date in Python and put each of them into a folder of its own year, then month, then day', 0],
    ['', 0],
    ['Why the sea is salty', 0],
  ];
  titles.forEach(([title, days], index) =>
    bridge.seed(title, now - days * dayMs - 60_000 + index * 1000, [
      { role: 'user', text: question },
      { ...answer, status: title === '' ? 'streaming' : 'complete' },
    ]),
  );
  return bridge;
}

/** Gives values in the Sampling panel, one of them refused. */
export async function changeSampling(page: Page): Promise<void> {
  const values = { Temperature: '1.2', 'Top P': '1', Seed: '7', 'Min P': '3' };
  for (const [name, value] of Object.entries(values)) {
    const field = page.getByRole('spinbutton', { name });
    await field.fill(value);
    await field.blur();
  }
}
