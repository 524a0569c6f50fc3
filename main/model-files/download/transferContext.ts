// What a transfer works with and whom it tells, and how large its chunks are.
import type { Disk } from './disk.ts';
import type { BandwidthLimit } from './pace.ts';
import type { HttpClient } from './request.ts';
import type { Retries } from './retries.ts';

export interface TransferContext {
  client: HttpClient;
  disk: Disk;
  bandwidth: BandwidthLimit;
  retries: Retries;
  mostConnections: number;
  signal: AbortSignal;
  /** Bytes that have come in. */
  received: (bytes: number) => void;
  /** Bytes that turned out to be of no use. */
  lost: (bytes: number) => void;
  /** Something that is shown has changed. */
  changed: () => void;
  /** How many connections are open now. */
  connected: (count: number) => void;
  speed: () => number;
}

/** Small enough that little is lost, large enough that a large file has some thousand at most. */
export function chunkBytesFor(byteLength: number): number {
  const wanted = 2 ** Math.ceil(Math.log2(byteLength / 256));
  return Math.min(8 * 2 ** 20, Math.max(256 * 1024, wanted));
}
