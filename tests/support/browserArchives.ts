// Unpacks what @sparticuz/chromium ships (Chromium, SwiftShader, the libraries a bare Linux lacks, fonts), once for all
// tests. Knows nothing of how the parts are used. The package holds binaries for Linux on x64 only.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

const packageFolder = path.resolve(createRequire(import.meta.url).resolve('@sparticuz/chromium'), '../..');
const { version } = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8')) as { version: string };
const cacheFolder = path.resolve(import.meta.dirname, `../../node_modules/.cache/conclave-tests/chromium-${version}`);

export const archivesUsable = process.platform === 'linux' && process.arch === 'x64';

/** Name of an archive in the package's `bin`, without its ending. */
export type ArchiveName = 'chromium' | 'swiftshader' | 'al2023' | 'fonts';

/** Returns a folder that holds the contents of these archives together. Safe to call from several processes at once. */
export function unpackArchives(...names: ArchiveName[]): string {
  const folder = path.join(cacheFolder, names.join('-'));
  if (existsSync(folder)) return folder;
  mkdirSync(cacheFolder, { recursive: true });
  const unfinished = mkdtempSync(`${folder}.`);
  try {
    for (const name of names) extractInto(unfinished, name);
    // The name appears only when everything is there; whoever comes second keeps the first one's folder.
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

function extractInto(folder: string, name: ArchiveName): void {
  const single = path.join(packageFolder, 'bin', `${name}.br`);
  if (existsSync(single)) {
    writeFileSync(path.join(folder, name), brotliDecompressSync(readFileSync(single)), { mode: 0o755 });
    return;
  }
  const archive = brotliDecompressSync(readFileSync(path.join(packageFolder, 'bin', `${name}.tar.br`)));
  execFileSync('tar', ['-xf', '-', '-C', folder, '--no-same-owner'], { input: archive });
}
