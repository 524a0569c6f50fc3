// Conversations as someone has them after some weeks: pinned, in folders, archived; for looking at the window over the real
// store.
import { StoreBridge, type SeededConversation } from './storeBridge.ts';

export const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export const turns = (...texts: string[]): SeededConversation['turns'] =>
  texts.map((text, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', text }));

export const weeksOfChats: SeededConversation[] = [
  {
    title: 'Thesis outline, chapter 3',
    ago: 9 * dayMs,
    pinned: true,
    turns: turns('How should chapter three begin?', 'With the question that chapter two left open.'),
  },
  {
    title: 'Why the sea is salty',
    ago: hourMs,
    turns: turns(
      'Why is the sea salty but rivers are not?',
      'Rivers carry dissolved minerals to the sea. Water leaves it by evaporation, and the salt stays.',
      'How much salt is in a bathtub of sea water?',
      'About five and a quarter kilograms, at 35 g a litre.',
    ),
  },
  {
    title: 'Rename photos by date in Python and put each of them into a folder of its own year',
    ago: 3 * hourMs,
    turns: turns('Write a script that renames photos by date.', 'Use `pathlib` and the EXIF date.'),
  },
  {
    title: 'Sourdough that keeps its shape',
    ago: dayMs,
    turns: turns('My dough is flat.', 'Add salt later, fold more.'),
  },
  {
    title: 'Trip to Lisbon',
    ago: 2 * dayMs,
    folder: 'Travel',
    turns: turns('Three days in Lisbon?', 'Start in Alfama, early.'),
  },
  { title: 'Trains to Porto', ago: 3 * dayMs, folder: 'Travel', turns: turns('How do I get to Porto?', 'By train.') },
  { title: 'SQL window functions', ago: 6 * dayMs, folder: 'Work', turns: turns('What is OVER?', 'A window.') },
  { title: 'An old list', ago: 40 * dayMs, archived: true, turns: turns('Bread, salt, milk', 'Noted.') },
];

/** A store of its own with these conversations. */
export async function storeOf(seeds: SeededConversation[] = weeksOfChats): Promise<StoreBridge> {
  const bridge = new StoreBridge();
  await bridge.seed(seeds);
  return bridge;
}
