// A worker that reads stripes of a file ahead for the engine's: its entry, and what the two say to each other. Chromium makes new memory for all
// that comes out of a response, which takes most of the time of reading (engine/LOG.md), so more threads than one read.
import type { EngineErrorData } from '../errors.ts';
import { FilePart, readFailure, type FileAddress } from './filePart.ts';

/** To read `stripeBytes` from `from` on, and so on every `stepBytes` up to `end`; handed over in blocks, so many at once at most. */
export interface Stripes {
  file: FileAddress;
  from: number;
  end: number;
  stripeBytes: number;
  stepBytes: number;
  blockBytes: number;
  blockCount: number;
}

export interface Block {
  memory: ArrayBuffer;
  length: number;
  /** FilePart.version */
  version: string | null;
}

/** `used`: a block's memory comes back, to be filled again. */
export type ToReader = { kind: 'read'; stripes: Stripes } | { kind: 'used'; memory: ArrayBuffer };
/** `started` is the first; blocks come in the order of the stripes, and none after `failed`. */
export type FromReader = { kind: 'started' } | ({ kind: 'block' } & Block) | { kind: 'failed'; error: EngineErrorData };

const send = (message: FromReader, transfer: ArrayBuffer[] = []) => self.postMessage(message, { transfer });

const free: ArrayBuffer[] = [];
let freed = () => {};

self.onmessage = ({ data }: MessageEvent<ToReader>) => {
  if (data.kind === 'used') {
    free.push(data.memory);
    freed();
  } else {
    const { stripes } = data;
    read(stripes).catch((error: unknown) =>
      send({ kind: 'failed', error: readFailure(stripes.file.name, error).toData() }),
    );
  }
};
send({ kind: 'started' });

async function read({ file, from, end, stripeBytes, stepBytes, blockBytes, blockCount }: Stripes): Promise<void> {
  let made = 0;
  for (let start = from; start < end; start += stepBytes) {
    const part = await FilePart.open(file, start, Math.min(end, start + stripeBytes));
    while (part.position < part.end) {
      while (free.length === 0 && made === blockCount) await new Promise<void>((resolve) => (freed = resolve));
      const empty = free.pop() ?? (made++, new ArrayBuffer(blockBytes));
      const length = Math.min(blockBytes, part.end - part.position);
      const memory = await part.fillMemory(empty, length);
      send({ kind: 'block', memory, length, version: part.version }, [memory]);
    }
    part.cancel();
  }
}
