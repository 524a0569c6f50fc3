// The engine's readers on files of the disk, by path: looks into a model without loading it.
import { open, stat } from 'node:fs/promises';
import { EngineError } from '../../engine/errors.ts';
import type { Checkpoint } from '../../engine/format/checkpoint.ts';
import { openCheckpoint } from '../../engine/format/openCheckpoint.ts';
import type { ModelFiles, WeightSource } from '../../engine/format/source.ts';
import { AppError } from '../ipc/errors.ts';

export interface NamedPath {
  name: string;
  path: string;
}

/**
 * Reads header, tensor table and tokenizer, and checks them against the files' sizes.
 * @throws AppError `not-a-model` with the reader's sentence
 */
export async function inspectModel(files: readonly NamedPath[]): Promise<Checkpoint> {
  const sources = new Map<string, WeightSource>();
  for (const { name, path } of files) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() !== true)
      throw new AppError('not-a-model', `${name} could not be read. Check that the file is still there.`, path);
    sources.set(name, diskSource(name, path, found.size));
  }
  return inspectSources(sources);
}

/** The same for bytes that come from anywhere. @throws AppError `not-a-model` */
export async function inspectSources(sources: ReadonlyMap<string, WeightSource>): Promise<Checkpoint> {
  const files: ModelFiles = {
    names: [...sources.keys()],
    open(name) {
      const source = sources.get(name);
      if (source === undefined) throw new EngineError('truncated', `The model is incomplete: ${name} is missing.`);
      return source;
    },
  };
  try {
    return await openCheckpoint(files);
  } catch (error) {
    if (error instanceof EngineError) throw new AppError('not-a-model', error.message, error.code);
    throw error;
  }
}

function diskSource(name: string, path: string, byteLength: number): WeightSource {
  return {
    name,
    byteLength,
    async read(offset, length) {
      if (offset + length > byteLength) throw new EngineError('truncated', `The file ${name} ends too early.`);
      const handle = await open(path).catch((error: unknown) => {
        throw new EngineError('source-failed', `The file ${name} cannot be opened.`, String(error));
      });
      try {
        const bytes = new Uint8Array(length);
        for (let at = 0; at < length;) {
          const { bytesRead } = await handle.read(bytes, at, length - at, offset + at);
          if (bytesRead === 0) throw new EngineError('truncated', `The file ${name} ends too early.`);
          at += bytesRead;
        }
        return bytes;
      } finally {
        await handle.close();
      }
    },
  };
}
