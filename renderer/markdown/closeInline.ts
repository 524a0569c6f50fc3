// Closes the inline Markdown that is still open in the last line of a growing text: **bo is shown bold, `co as code, and of [a lin
// the words. Marks that may still turn into something else are left out. Pure.

const codeSpan = /(?<!`)(`+)(?!`)(?:.*?[^`])\1(?!`)/g;
const formula = /\$(?![\s$])(?:[^$\\]|\\.)+?(?<!\s)\$(?!\d)|\\\(.+?\\\)/g;
const openEnds = [
  /\$\$?(?![\s$\d])(?:[^$\\]|\\.?){0,120}$/, // a formula; $5 is money
  /\\\((?:(?!\\\)).){0,120}$/,
  /\\$/,
  /&#?\w{0,10}$/, // a character by its name
  /\[\^[^\]\s]*$/, // what refers to a footnote
  /!\[[^\]]*(?:\](?:\([^)]*)?)?$/, // a picture
];
const openLink = /\[((?!\^)[^\]]*)(?:\](?:\([^)\s]*)?)?$/;
const marks = /\*{1,3}|_{1,3}|~~/g;

export function closeInline(line: string): string {
  const closed = closeCode(line);
  let shown = closed;
  for (const pattern of openEnds) {
    const index = blank(shown).search(pattern);
    if (index >= 0) shown = shown.slice(0, index);
  }
  const link = openLink.exec(blank(shown));
  if (link) shown = shown.slice(0, link.index) + shown.slice(link.index + 1, link.index + 1 + link[1].length);
  return closeMarks(shown);
}

/** The line with code, formulas and escaped characters replaced by a character that has no meaning in Markdown. */
function blank(line: string): string {
  const none = (part: string) => '\0'.repeat(part.length);
  return line
    .replaceAll(codeSpan, none)
    .replaceAll(formula, none)
    .replaceAll(/\\[^\w\s(]/g, none);
}

function closeCode(line: string): string {
  const [ticks] = /`+/.exec(blank(line)) ?? [];
  if (ticks === undefined) return line;
  const start = blank(line).indexOf(ticks);
  const code = line.slice(start + ticks.length).replace(/`+$/, '');
  return line.slice(0, start) + (code.trim() === '' ? '' : ticks + code + ticks);
}

function closeMarks(line: string): string {
  const plain = blank(line);
  const open: string[] = [];
  for (const { 0: run, index } of plain.matchAll(marks)) {
    const before = plain[index - 1] ?? ' ';
    const after = plain[index + run.length] ?? '';
    const inWord = /[a-z0-9]/i.test(before) && (run === '*' || (run.startsWith('_') && /\w/.test(after)));
    let rest = run;
    if (/\S/.test(before) && !(run.startsWith('_') && /\w/.test(after)))
      for (let last = open.at(-1); last !== undefined && rest.startsWith(last); last = open.at(-1))
        rest = rest.slice(open.pop()!.length);
    // A mark at the very end may open something, or be the first half of a closing mark.
    if (rest !== '' && after === '') return finish(line.slice(0, line.length - rest.length), open);
    if (rest === run && /\S/.test(after) && !inWord && !(run.startsWith('_') && /\w/.test(before))) open.push(run);
  }
  return finish(line, open);
}

const finish = (line: string, open: readonly string[]): string =>
  open.length === 0 ? line : line.trimEnd() + open.toReversed().join('');
