// Model files of a folder or a single file on disk, read whole: for tests, whose files are small.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ModelFiles } from '../../engine/format/source.ts';
import { memorySource } from './memoryFiles.ts';

export function folderFiles(path: string): ModelFiles {
  if (!statSync(path).isDirectory())
    return { names: [basename(path)], open: (name) => memorySource(name, readFileSync(path)) };
  return { names: readdirSync(path), open: (name) => memorySource(name, readFileSync(join(path, name))) };
}
