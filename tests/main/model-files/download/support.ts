// What tests of downloads share: a valid model file of some size, services with short waits, and a way to the end.
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import type { Download } from '../../../../main/ipc/libraryContract.ts';
import { tinyGguf } from '../../../support/tinyModel.ts';
import { openTestServices, type TestOptions, type TestServices } from '../../support.ts';

export const quick: Required<Pick<TestOptions, 'retry' | 'timeouts'>> = {
  retry: { attempts: 6, firstMs: 5, longestMs: 40 },
  timeouts: { headerMs: 400, stallMs: 150, slowestBytes: 2000 },
};

/** A tiny model with bytes behind its tensors, which its readers do not mind. */
export function modelBytes(byteLength = 2_500_000): Buffer {
  const tiny = Buffer.from(tinyGguf());
  return Buffer.concat([tiny, randomBytes(Math.max(0, byteLength - tiny.length))]);
}

export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export interface DownloadTest extends TestServices {
  states: Download[];
  /** Adds and waits for the end; returns the model's id. */
  fetch(source: string, sha256?: string | null): Promise<string>;
  /** Of an installed model's first file. */
  bytesOf(modelId: string): Buffer;
}

export function openDownloadTest(options: TestOptions = {}): DownloadTest {
  const services = openTestServices({ ...quick, ...options });
  const states: Download[] = [];
  services.events.listen((name, event) => {
    if (name === 'downloads:changed') states.push(...(event as Download[]));
  });
  return {
    ...services,
    states,
    async fetch(source, sha256 = null) {
      const { id, state, modelId } = await services.models.add(source, { sha256, quantization: null });
      return state === 'complete' ? modelId : services.models.downloads.finished(id);
    },
    bytesOf: (modelId) => fs.readFileSync(services.library.paths(modelId)[0].path),
  };
}

/** The code of a rejection. */
export async function codeOfRejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
