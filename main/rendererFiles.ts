// The built renderer's files by the path of a request. Only files inside the folder are found.
import fs from 'node:fs';
import path from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
  // Character maps of East Asian fonts, for the text of PDFs.
  '.bcmap': 'application/octet-stream',
};

export interface RendererFile {
  path: string;
  headers: Record<string, string>;
}

/** "/" is index.html. Undefined where there is no such file. */
export function findRendererFile(folder: string, pathname: string): RendererFile | undefined {
  let name: string;
  try {
    name = decodeURIComponent(pathname === '/' ? '/index.html' : pathname);
  } catch {
    return undefined;
  }
  if (name.includes('\0')) return undefined;
  const root = path.resolve(folder);
  const file = path.join(root, name);
  if (!file.startsWith(root + path.sep)) return undefined;
  const type = types[path.extname(file).toLowerCase()];
  if (type === undefined || fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  // The bundler puts a hash into the name of all but index.html, which is what names the others.
  const cache = name.startsWith('/assets/') ? 'max-age=31536000, immutable' : 'no-cache';
  return { path: file, headers: { 'content-type': type, 'cache-control': cache } };
}
