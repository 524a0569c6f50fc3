// The bytes of a file as text, or null where they are something else. Pure.

const marks: [encoding: string, mark: readonly number[]][] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** What no text holds: control characters beside tab, line ends, form feed and the escape of terminal logs. */
// eslint-disable-next-line no-control-regex
const binary = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f]/;

/** Takes UTF-8, UTF-16 with its mark, and otherwise what older Western programs wrote. Line ends become `\n`. */
export function decodeText(bytes: Uint8Array): string | null {
  const marked = marks.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
  const text = marked ? decode(bytes, marked[0]) : (decode(bytes, 'utf-8') ?? decode(bytes, 'windows-1252'));
  return text === null || binary.test(text) ? null : text.replaceAll(/\r\n?/g, '\n');
}

function decode(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
