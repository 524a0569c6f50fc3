// Titles from files: whatever stands there is text, on one line and not too long.

const longest = 200;

/** The cleaned title, or the other one where nothing is left. */
export function cleanTitle(title: unknown, otherwise: string): string {
  if (typeof title !== 'string') return otherwise;
  const line = title
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  if (line === '') return otherwise;
  // Not through the middle of a character.
  return line
    .slice(0, longest)
    .replace(/[\ud800-\udbff]$/, '')
    .trim();
}
