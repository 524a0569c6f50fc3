// What is worth telling a screen reader between two states of a download: beginnings, ends, and every tenth. Pure.
import type { Download } from '../../main/ipc/contract.ts';
import { text } from '../text/text.ts';

const step = 10;

const tenth = ({ bytes, totalBytes }: Download): number =>
  totalBytes ? Math.floor((100 * bytes) / totalBytes / step) * step : 0;

/** null where nothing has happened. The end is told when the model is there. */
export function newsOf(before: Download | undefined, now: Download): string | null {
  const words = text.library.downloads.announce;
  const { name, state, problem } = now;
  if (!before) return state === 'failed' || state === 'paused' ? null : words.started(name);
  if (state !== before.state) {
    if (state === 'failed') return words.failed(name, problem?.message ?? '');
    if (state === 'paused') return words.paused(name);
    if (state === 'waiting') return words.waiting(name);
  }
  return state === 'downloading' && tenth(now) > tenth(before) ? words.progress(name, tenth(now)) : null;
}
