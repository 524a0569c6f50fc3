// A file that the user hands over → the text that a model can read of it, or a refusal that says why not. PDF readers are
// loaded with the first PDF.
import { decodeText } from './decodeText.ts';

export interface FileText {
  name: string;
  text: string;
  /** Of a PDF. */
  pages: number | null;
}

export type FileProblem =
  | 'too-large' // more bytes than are read
  | 'too-long' // more text than a message takes
  | 'empty'
  | 'not-text' // a picture, a program, an archive
  | 'unreadable' // the file is gone, or is a folder
  | 'pdf-locked' // needs a password
  | 'pdf-damaged'
  | 'pdf-without-text'; // scanned pages

export class FileRefusal extends Error {
  override readonly name = 'FileRefusal';
  readonly problem: FileProblem;

  constructor(problem: FileProblem) {
    super(problem);
    this.problem = problem;
  }
}

export const largestTextFile = 5_000_000;
export const largestPdf = 50_000_000;
/** UTF-16 units: some 300,000 tokens, more than any context holds. */
export const longestFileText = 1_000_000;
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
