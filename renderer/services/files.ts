// Hands a text to the user as a file, and reads the user's files in pieces.
import { toBase64 } from './base64.ts';

/** Saves under that name, in the browser's or the shell's way. */
export function saveText(name: string, mediaType: string, words: string): void {
  const address = URL.createObjectURL(new Blob([words], { type: mediaType }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The download has its own hold on the data once it has begun.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** The file's bytes as base64, in pieces of at most so many bytes. */
export async function* base64Pieces(file: Blob, pieceBytes: number): AsyncGenerator<string> {
  for (let start = 0; start < file.size; start += pieceBytes) {
    const bytes = new Uint8Array(await file.slice(start, start + pieceBytes).arrayBuffer());
    yield toBase64(bytes);
  }
}

/** Asks for files. Resolves with none when the user gives up. */
export function chooseFiles(accept: string, several = false): Promise<File[]> {
  return new Promise((resolve) => {
    const field = document.createElement('input');
    field.type = 'file';
    field.accept = accept;
    field.multiple = several;
    field.addEventListener('change', () => resolve([...(field.files ?? [])]));
    field.addEventListener('cancel', () => resolve([]));
    field.click();
  });
}
