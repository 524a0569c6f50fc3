// The words of a PDF, page by page, in the order in which its file draws them: pdf.js in a
// worker of its own, with the character maps of East Asian fonts from our own files. Nothing is drawn and nothing in the file
// is run.
/// <reference types="vite/client" />
import { getDocument, PasswordException, PDFWorker } from 'pdfjs-dist';
import { FileRefusal, longestFileText } from './fileRefusal.ts';

const characterMaps = import.meta.glob<string>('../../node_modules/pdfjs-dist/cmaps/*.bcmap', {
  query: '?url',
  import: 'default',
  eager: true,
});

/** What pdf.js asks for by name. Fonts are not needed: nothing is drawn. */
class OwnFiles {
  async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    const address = kind === 'cMapUrl' ? characterMaps[`../../node_modules/pdfjs-dist/cmaps/${filename}`] : undefined;
    if (address === undefined) throw new Error(`There is no file ${filename}.`);
    return new Uint8Array(await (await fetch(address)).arrayBuffer());
  }
}

/** @throws FileRefusal `pdf-locked`, `pdf-damaged` or `too-long` */
export async function pdfText(bytes: Uint8Array): Promise<{ text: string; pages: number }> {
  // The worker in the form for older Chromiums: Electron's may be one.
  const port = new Worker(new URL('pdfjs-dist/legacy/build/pdf.worker.mjs', import.meta.url), { type: 'module' });
  const worker = PDFWorker.create({ port, verbosity: 0 });
  try {
    const document = await getDocument({
      data: bytes,
      worker,
      BinaryDataFactory: OwnFiles,
      useWorkerFetch: false,
      useSystemFonts: false,
      disableFontFace: true,
      enableXfa: false,
      verbosity: 0,
    }).promise;
    const pages: string[] = [];
    let length = 0;
    for (let number = 1; number <= document.numPages; number++) {
      const { items } = await (await document.getPage(number)).getTextContent();
      const page = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('');
      length += page.length;
      if (length > longestFileText) throw new FileRefusal('too-long');
      pages.push(page.trim());
    }
    return { text: pages.join('\n\n'), pages: document.numPages };
  } catch (error) {
    if (error instanceof FileRefusal) throw error;
    throw new FileRefusal(error instanceof PasswordException ? 'pdf-locked' : 'pdf-damaged');
  } finally {
    worker.destroy();
    port.terminate();
  }
}
