// Whether a model thinks before it answers, as the text of its chat template says (spec 3.4). Renders nothing.

/** `optional`: it can be told to or not to. `always`: the template itself opens the thought. */
export type ThinkingKind = 'never' | 'optional' | 'always';

export function thinkingKind(chatTemplate: string | null): ThinkingKind {
  if (chatTemplate === null) return 'never';
  if (/\benable_thinking\b/.test(chatTemplate)) return 'optional';
  const generationPrompt = chatTemplate.slice(chatTemplate.lastIndexOf('add_generation_prompt'));
  return generationPrompt.startsWith('add_generation_prompt') && generationPrompt.includes('<think>')
    ? 'always'
    : 'never';
}
