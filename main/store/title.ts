// Names a conversation after its first user turn.

const longest = 60;

/** The first line with something on it, cut at a word to about 60 characters. */
export function titleFrom(text: string): string {
  const line =
    text
      .split('\n')
      .map((part) => part.replaceAll(/\s+/g, ' ').trim())
      .find((part) => part !== '') ?? 'New chat';
  const characters = Array.from(line);
  if (characters.length <= longest) return line;
  const cut = characters.slice(0, longest).join('');
  const word = cut.replace(/\s+\S*$/, '');
  return `${word.length >= longest / 2 ? word : cut}…`;
}
