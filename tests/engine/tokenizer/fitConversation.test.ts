// A conversation that is longer than the context loses its oldest turns, whole, and only as many as it must.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TemplateMessage } from '../../../engine/tokenizer/chatTemplate.ts';
import { fitConversation } from '../../../engine/tokenizer/fitConversation.ts';

/** One token for each character. */
const encode = (messages: readonly TemplateMessage[]) =>
  [...messages.map(({ content }) => content).join('')].map(() => 0);
const message = (role: string, content: string): TemplateMessage => ({ role, content });

const chat = [
  message('system', 'sys'),
  message('user', 'first'),
  message('assistant', 'answer'),
  message('user', 'second'),
  message('assistant', 'more'),
  message('user', 'third'),
];

test('drops whole turns, oldest first, never the system message or the last turn', () => {
  const fit = (most: number) => {
    const { ids, droppedMessages } = fitConversation(chat, encode, most);
    return [ids.length, droppedMessages];
  };
  expect(fit(29)).toEqual([29, 0]);
  expect(fit(28)).toEqual([18, 2]);
  expect(fit(17)).toEqual([8, 4]);
  // Too long even so: what is left says by how much.
  expect(fit(5)).toEqual([8, 4]);
});

test('one turn stays as it is; what stands before the first turn goes with it', () => {
  expect(fitConversation([message('user', 'long')], encode, 2).droppedMessages).toBe(0);
  const greeted = [message('assistant', 'hello'), ...chat];
  expect(fitConversation(greeted, encode, 28).droppedMessages).toBe(3);
});

test('as few turns as it must', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 }),
      fc.nat(120),
      (lengths, most) => {
        const turns = lengths.map((length) => message('user', 'x'.repeat(length)));
        const { ids, droppedMessages } = fitConversation(turns, encode, most);
        const rest = (dropped: number) => lengths.slice(dropped).reduce((sum, length) => sum + length, 0);
        expect(ids.length).toBe(rest(droppedMessages));
        if (ids.length > most) expect(droppedMessages).toBe(lengths.length - 1);
        if (droppedMessages > 0) expect(rest(droppedMessages - 1)).toBeGreaterThan(most);
      },
    ),
  );
});
