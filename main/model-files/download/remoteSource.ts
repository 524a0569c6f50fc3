// A file on a server as the engine's readers see one: its header is read by ranges, before anything is downloaded.
import type { WeightSource } from '../../../engine/format/source.ts';
import { EngineError } from '../../../engine/errors.ts';
import { checkPart, type RemoteFile } from './remoteFile.ts';
import type { HttpClient } from './request.ts';

export function remoteSource(
  client: HttpClient,
  name: string,
  remote: RemoteFile & { byteLength: number },
  signal: AbortSignal,
): WeightSource {
  return {
    name,
    byteLength: remote.byteLength,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      if (length === 0) return bytes;
      if (offset + length > remote.byteLength) throw new EngineError('truncated', `The file ${name} ends too early.`);
      const end = offset + length - 1;
      const response = await client.get(remote.address, { range: `bytes=${offset}-${end}` }, signal);
      try {
        checkPart(response, remote, offset, end);
        let at = 0;
        for await (const sent of response.body) {
          const piece = sent.subarray(0, length - at);
          bytes.set(piece, at);
          at += piece.length;
          if (at === length) break;
        }
        if (at < length) throw new EngineError('source-failed', `The server sent too little of ${name}.`);
        return bytes;
      } finally {
        response.close();
      }
    },
  };
}
