// Names of exported files that every platform takes.

const reserved = /^(con|prn|aux|nul|com\d|lpt\d)$/i;
const longest = 80;

/** A title as a file name without its ending. */
export function fileNameFrom(title: string): string {
  const cleaned = title
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}<>:"/\\|?*\s]+/gu, ' ')
    .trim();
  const name = Array.from(cleaned)
    .slice(0, longest)
    .join('')
    .replace(/^[. ]+/, '')
    .replace(/[. ]+$/, '');
  return name === '' || reserved.test(name) ? 'conversation' : name;
}
