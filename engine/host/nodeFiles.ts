// Model files on disk, for Node: one GGUF (with the other parts of a split one), or a Hugging Face folder.
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { statSync } from 'node:fs';
import path from 'node:path';
import { EngineError } from '../errors.ts';
import type { ModelFiles, WeightSource } from '../format/source.ts';

const splitName = /^(.*)-\d{5}-of-(\d{5})\.gguf$/;

/** @throws EngineError `source-failed` when there is no such file or folder */
export async function nodeFiles(location: string): Promise<ModelFiles> {
  const found = await stat(location).catch(() => {
    throw new EngineError('source-failed', `There is no file or folder ${location}.`);
  });
  const folder = found.isDirectory() ? location : path.dirname(location);
  const names = found.isDirectory() ? await readdir(folder) : await parts(folder, path.basename(location));
  return { names, open: (name) => fileSource(path.join(folder, name)) };
}

/** The file itself, or all parts of the split model that it belongs to. */
async function parts(folder: string, name: string): Promise<string[]> {
  const split = splitName.exec(name);
  if (!split) return [name];
  const siblings = await readdir(folder);
  return siblings.filter((other) => {
    const match = splitName.exec(other);
    return match?.[1] === split[1] && match?.[2] === split[2];
  });
}

/** The file is open as long as reads are under way: while a model loads, with reads ahead, that is all the time. */
function fileSource(file: string): WeightSource {
  const name = path.basename(file);
  let handle: Promise<FileHandle> | null = null;
  let reads = 0;
  return {
    name,
    byteLength: statSync(file).size,
    reusesMemory: true,
    async read(offset, length, into) {
      reads++;
      const opened = (handle ??= open(file));
      try {
        const bytes = into ?? new Uint8Array(length);
        if (await readAll(await opened, offset, bytes)) return bytes;
      } catch (error) {
        throw new EngineError('source-failed', `The file ${name} cannot be read.`, String(error));
      } finally {
        if (--reads === 0) {
          handle = null;
          await (await opened.catch(() => null))?.close();
        }
      }
      throw new EngineError('truncated', `The file ${name} ends too early.`);
    },
  };
}

/** False where the file ends before. */
async function readAll(handle: FileHandle, offset: number, bytes: Uint8Array): Promise<boolean> {
  for (let at = 0; at < bytes.byteLength;) {
    const { bytesRead } = await handle.read(bytes, at, bytes.byteLength - at, offset + at);
    if (bytesRead === 0) return false;
    at += bytesRead;
  }
  return true;
}
