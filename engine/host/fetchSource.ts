// Model files behind addresses that answer ranged GET requests: weights:// in Electron, the web shell's /weights/ in a browser.
import { EngineError } from '../errors.ts';
import type { ModelFiles, WeightSource } from '../format/source.ts';
import type { ModelLocation } from '../protocol.ts';

/** Every request costs up to 10 ms; larger ones gained little where two are in flight, and take more memory. */
const readBytes = 8 * 2 ** 20;

export function fetchFiles(location: ModelLocation): ModelFiles {
  const files = new Map(location.files.map((file) => [file.name, file]));
  return {
    names: [...files.keys()],
    open(name) {
      const file = files.get(name);
      if (!file) throw new EngineError('source-failed', `The model has no file named ${name}.`);
      return fetchSource(name, file.url, file.byteLength);
    },
  };
}

function fetchSource(name: string, url: string, byteLength: number): WeightSource {
  return {
    name,
    byteLength,
    readBytes,
    async read(offset, length) {
      if (offset + length > byteLength) throw new EngineError('truncated', `The file ${name} ends too early.`);
      if (length === 0) return new Uint8Array(0);
      const bytes = await ranged(url, offset, length).catch((error: unknown) => {
        throw new EngineError('source-failed', `The file ${name} cannot be read any more.`, String(error));
      });
      if (bytes.byteLength !== length) {
        throw new EngineError('truncated', `The file ${name} ended while it was read.`);
      }
      return bytes;
    },
  };
}

async function ranged(url: string, offset: number, length: number): Promise<Uint8Array> {
  const response = await fetch(url, { headers: { Range: `bytes=${offset}-${offset + length - 1}` } });
  // 200: a handler of files that heeds ranges and does not say so, or a server that ignores them and sends another length.
  const unsaid = response.status === 200;
  const refused = !unsaid && response.status !== 206;
  if (refused || (unsaid && Number(response.headers.get('content-length') ?? length) !== length)) {
    await response.body?.cancel();
    throw new Error(`${response.status} for a range of ${url}`);
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (unsaid && bytes.byteLength !== length) throw new Error(`${bytes.byteLength} bytes for a range of ${url}`);
  return bytes;
}
