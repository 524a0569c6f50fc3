// Model files that exist only in memory, and a record of what was read of them.
import { EngineError } from '../../engine/errors.ts';
import type { ModelFiles, WeightSource } from '../../engine/format/source.ts';

export function memorySource(name: string, bytes: Uint8Array): WeightSource & { bytesRead: number } {
  const source = {
    name,
    byteLength: bytes.length,
    bytesRead: 0,
    async read(offset: number, length: number): Promise<Uint8Array> {
      if (offset + length > bytes.length) throw new EngineError('truncated', `${name} ends too early.`);
      source.bytesRead += length;
      return new Uint8Array(bytes.subarray(offset, offset + length));
    },
  };
  return source;
}

export function memoryFiles(contents: Record<string, Uint8Array | string>): ModelFiles {
  const open = (name: string) => {
    const content = contents[name];
    if (content === undefined) throw new EngineError('source-failed', `There is no ${name}.`);
    return memorySource(name, typeof content === 'string' ? new TextEncoder().encode(content) : content);
  };
  return { names: Object.keys(contents), open };
}
