// Makes a conversation fit the context by leaving out its oldest turns, whole ones. Knows how to count, not how to encode.
import type { TemplateMessage } from './chatTemplate.ts';

export interface FittedConversation {
  ids: number[];
  droppedMessages: number;
}

/**
 * A turn is a message of the user and what follows it. System messages and the last turn stay, so the result may still be
 * too long.
 * @param most tokens that the prompt may have
 */
export function fitConversation(
  messages: readonly TemplateMessage[],
  encode: (messages: readonly TemplateMessage[]) => number[],
  most: number,
): FittedConversation {
  const turns = messages.flatMap(({ role }, at) => (role === 'user' ? [at] : []));
  const without = (dropped: number): FittedConversation => {
    const from = dropped === 0 ? 0 : turns[dropped];
    const kept = messages.filter(({ role }, at) => at >= from || role === 'system');
    return { ids: encode(kept), droppedMessages: messages.length - kept.length };
  };
  let fitted = without(0);
  if (fitted.ids.length <= most) return fitted;
  // The fewest turns that must go: more dropped is never longer.
  let [low, high] = [1, turns.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const candidate = without(middle);
    if (candidate.ids.length <= most) {
      fitted = candidate;
      high = middle - 1;
    } else low = middle + 1;
  }
  return fitted.ids.length <= most || turns.length < 2 ? fitted : without(turns.length - 1);
}
