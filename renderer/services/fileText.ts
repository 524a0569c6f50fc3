// A file that the user hands over → the text that a model can read of it, or a refusal that says why not. PDF readers are
// loaded with the first PDF.
import { decodeText } from './decodeText.ts';
import { FileRefusal, longestFileText } from './fileRefusal.ts';

export interface FileText {
  name: string;
  text: string;
  /** Of a PDF. */
  pages: number | null;
}

const largestTextFile = 5_000_000;
const largestPdf = 50_000_000;
const longestName = 255;

/** @throws FileRefusal */
export async function readFileText(file: File): Promise<FileText> {
  if (file.size > largestPdf) throw new FileRefusal('too-large');
  const bytes = await readBytes(file);
  if (bytes.length === 0) throw new FileRefusal('empty');
  const isPdf = String.fromCharCode(...bytes.subarray(0, 5)) === '%PDF-';
  const read = isPdf ? await readPdf(bytes) : readText(bytes);
  const text = read.text.toWellFormed().trim();
  if (text === '') throw new FileRefusal(isPdf ? 'pdf-without-text' : 'empty');
  if (text.length > longestFileText) throw new FileRefusal('too-long');
  return { name: file.name.slice(-longestName), text, pages: read.pages };
}

function readText(bytes: Uint8Array): { text: string; pages: null } {
  if (bytes.length > largestTextFile) throw new FileRefusal('too-large');
  const text = decodeText(bytes);
  if (text === null) throw new FileRefusal('not-text');
  return { text, pages: null };
}

async function readPdf(bytes: Uint8Array): Promise<{ text: string; pages: number }> {
  const { pdfText } = await import('./pdfText.ts');
  return pdfText(bytes);
}

async function readBytes(file: File): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new FileRefusal('unreadable');
  }
}
