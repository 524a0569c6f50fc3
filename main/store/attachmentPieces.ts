// How the text of attached files is cut for the search: into pieces that overlap, each a row of attachment_pieces. The words
// of a query have to stand in one piece. The rows hold where a piece begins: a change of the lengths needs a migration.

/** Characters, as SQLite counts them: indexed in some 10 ms. */
const length = 20_000;
/** What stands across the end of a piece is in it as a whole: no query is longer. */
const overlap = 500;

/** SQL: a file's text from the beginning of a piece on, joined with its message. */
const rest = `substr(messages.attachments ->> ('$[' || file || '].text'), start + 1)`;
export const pieceName = `messages.attachments ->> ('$[' || file || '].name')`;
export const pieceText = `substr(messages.attachments ->> ('$[' || file || '].text'), start + 1, ${length + overlap})`;
/** The file goes on behind the piece. */
export const pieceIsCut = `length(${rest}) > ${length + overlap}`;

/** Where the pieces of a message's files begin. */
export function piecesOf(attachments: string): [file: number, start: number][] {
  const files = JSON.parse(attachments) as { text: string }[];
  return files.flatMap(({ text }, file) => {
    const pairs = text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0;
    const count = Math.max(1, Math.ceil((text.length - pairs) / length));
    return Array.from({ length: count }, (_, piece): [number, number] => [file, piece * length]);
  });
}
