// UUIDv7: 48 bits of milliseconds, then a counter that keeps ids of one millisecond in order, then chance (RFC 9562).
import { randomBytes } from 'node:crypto';
import type { Id } from '../ipc/contract.ts';

let lastTime = 0;
let counter = 0;

/** Returns an id that sorts after every id that this process made before, also where the clock stands or goes back. */
export function createId(now = Date.now()): Id {
  const bytes = randomBytes(16);
  if (now > lastTime) {
    lastTime = now;
    counter = bytes.readUInt16BE(6) & 0x7ff;
  } else if (++counter > 0xfff) {
    lastTime++;
    counter = 0;
  }
  bytes.writeUIntBE(lastTime, 0, 6);
  bytes.writeUInt16BE(0x7000 | counter, 6);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
