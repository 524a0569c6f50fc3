// What the driver says is used of the graphics memory, where it can be asked: NVIDIA's, by nvidia-smi.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Bytes, of the first card; null where there is no such tool. */
export async function driverMemory(): Promise<number | null> {
  const query = ['--query-gpu=memory.used', '--format=csv,noheader,nounits', '--id=0'];
  const answer = await promisify(execFile)('nvidia-smi', query).catch(() => null);
  const mebibytes = Number(answer?.stdout.trim() || NaN);
  return Number.isFinite(mebibytes) ? mebibytes * 2 ** 20 : null;
}
