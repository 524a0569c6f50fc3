// Splits an answer into what the model thought and what it said. Pure text.

export interface AnswerParts {
  /** null when the model did not think. */
  thinking: string | null;
  /** The closing tag has not arrived. */
  thinkingOpen: boolean;
  answer: string;
}

const open = '<think>';
const close = '</think>';

/** Thinking stands first, between <think> and </think>; a template may have opened it, so a lone </think> ends it too. */
export function splitThinking(text: string): AnswerParts {
  const start = text.trimStart();
  if (start.length > 0 && start.length < open.length && open.startsWith(start))
    return { thinking: '', thinkingOpen: true, answer: '' };
  const opened = start.startsWith(open);
  const body = opened ? start.slice(open.length) : text;
  const end = body.indexOf(close);
  if (!opened && end < 0) return { thinking: null, thinkingOpen: false, answer: text };
  if (end < 0) return { thinking: body.trim(), thinkingOpen: true, answer: '' };
  const thinking = body.slice(0, end).trim();
  return { thinking: thinking || null, thinkingOpen: false, answer: body.slice(end + close.length).trimStart() };
}
