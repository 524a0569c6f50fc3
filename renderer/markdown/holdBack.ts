// A growing text as it is shown: without an end that the next characters may turn into something else (a table without its
// first row, a formula, one or two ticks, the mark of a list), and with what is open in its last line closed. So nothing
// that one has read moves when the rest comes. Pure.
import { closeInline } from './closeInline.ts';

const fenceLine = /^ {0,3}(`{3,}|~{3,})/gm;
const startOfFence = /(?:^|\n)`{1,2}$/;
/** Its first line, the line under it, and a first row without its end; behind no other row. */
const startOfTable = /(?:^|\n)(?<!(?:^|\n)\|[^\n]*\n)\|[^\n]*(?:\n[|:\s-]*(?:\n[^\n]*)?)?$/;
const formula = /(?:^|\n)(?:\$\$[^]+?\$\$|\\\[[^]+?\\\])/g;
const startOfFormula = /(?:^|\n)(?:\$\$|\\\[)/;
/** A line of marks alone: of a list, a heading, a quote, a task, a footnote, or under a heading. */
const marksAlone =
  /(?:^|\n)[^\S\n]*(?:[-*+=_]+|#{1,6}|>+|\d{1,9}[.)]?|(?:[-*+]|\d{1,9}[.)])[^\S\n]+\[[ xX]?\]?|\[\^[^\]\s]*(?:\]:?)?)[^\S\n]*$/;

/** What is shown of a text that grows. */
export function holdBack(text: string): string {
  const shown = text.slice(0, unclearFrom(text));
  if (shown.length < text.length || isInFence(text)) return shown;
  const lineStart = text.lastIndexOf('\n') + 1;
  return text.slice(0, lineStart) + closeInline(text.slice(lineStart));
}

function unclearFrom(text: string): number {
  const bare = text.replaceAll(formula, (part) => '\0'.repeat(part.length));
  const patterns = isInFence(text) ? [startOfFence] : [startOfFence, startOfTable, startOfFormula, marksAlone];
  const starts = patterns.map((pattern) => bare.search(pattern)).filter((index) => index >= 0);
  return Math.min(...starts, text.length);
}

/** A block of code has begun and not ended. */
function isInFence(text: string): boolean {
  let open: string | null = null;
  for (const [, fence] of text.matchAll(fenceLine))
    if (open === null) open = fence;
    else if (fence.startsWith(open)) open = null;
  return open !== null;
}
