// What is shown of a growing text: an end that the next characters may turn into something else is held back (a table without
// its first row, a formula, one or two backticks, the mark of a list), and open marks in the last line are closed. So nothing
// that has been read moves when the rest comes. Pure.
import { closeInline } from './closeInline.ts';

const fenceLine = /^ {0,3}(`{3,}|~{3,})/gm;
const startOfFence = /(?:^|\n)`{1,2}$/;
/** A table at the end of the text that has a header and a delimiter line, but no complete row yet. */
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

/** The text ends inside a block of code. */
function isInFence(text: string): boolean {
  let open: string | null = null;
  for (const [, fence] of text.matchAll(fenceLine))
    if (open === null) open = fence;
    else if (fence.startsWith(open)) open = null;
  return open !== null;
}
