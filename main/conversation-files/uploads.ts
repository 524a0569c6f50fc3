// Files on their way into the app, piece by piece, in memory. What nobody finishes is dropped when others begin.
import type { Id } from '../ipc/contract.ts';
import { AppError } from '../ipc/errors.ts';
import { createId } from '../store/id.ts';
import { checkFileSize } from './importFile.ts';
import { refuseFile } from './refusal.ts';

const mostAtOnce = 2;

interface Upload {
  byteLength: number;
  received: number;
  chunks: Buffer[];
}

export interface Uploads {
  /** @throws AppError `not-importable` for an empty or too large file */
  begin(byteLength: number): Id;
  /** @throws AppError `not-found`, `not-importable` for more than was announced */
  add(id: Id, base64: string): void;
  /** All bytes; the upload is forgotten. @throws AppError `not-found`, `not-importable` for less than was announced */
  take(id: Id): Buffer;
  cancel(id: Id): void;
}

export function createUploads(): Uploads {
  const uploads = new Map<Id, Upload>();
  const get = (id: Id): Upload => {
    const upload = uploads.get(id);
    if (upload === undefined) throw new AppError('not-found', 'That import was given up. Choose the file again.');
    return upload;
  };
  return {
    begin(byteLength) {
      checkFileSize(byteLength);
      for (const id of [...uploads.keys()].slice(0, Math.max(0, uploads.size + 1 - mostAtOnce))) uploads.delete(id);
      const id = createId();
      uploads.set(id, { byteLength, received: 0, chunks: [] });
      return id;
    },
    add(id, base64) {
      const upload = get(id);
      const chunk = Buffer.from(base64, 'base64');
      upload.received += chunk.length;
      upload.chunks.push(chunk);
      if (upload.received <= upload.byteLength) return;
      uploads.delete(id);
      throw refuseFile('the file changed while it was read.');
    },
    take(id) {
      const { byteLength, received, chunks } = get(id);
      uploads.delete(id);
      if (received !== byteLength) throw refuseFile('the file did not arrive as a whole.');
      return Buffer.concat(chunks);
    },
    cancel: (id) => void uploads.delete(id),
  };
}
