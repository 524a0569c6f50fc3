// What of a growing text is not shown yet, because the next characters may turn it into something else: a table of which
// only the first line is there, a fence of which one or two ticks are. Pure.

const startOfTable = /(?:^|\n\n)(\|[^\n]*(?:\n[|:\s-]*)?)$/;
const startOfFence = /(?:^|\n)(`{1,2})$/;

/** The text without an end that would be drawn twice. */
export function holdBack(text: string): string {
  const held = startOfTable.exec(text)?.[1] ?? startOfFence.exec(text)?.[1] ?? '';
  return text.slice(0, text.length - held.length);
}
