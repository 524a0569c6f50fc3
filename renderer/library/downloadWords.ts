// The figures and the sentence under a download. Pure.
import type { Download } from '../../main/ipc/contract.ts';
import { formatBytes, formatRate, formatWait } from '../text/format.ts';
import { text } from '../text/english.ts';

const words = text.library.downloads;

export interface DownloadWords {
  /** 0…1; null where the end is not known. */
  share: number | null;
  figures: string;
  /** What went wrong, else what happened, else where it comes from. */
  note: string;
}

export function describeDownload(download: Download, now: number): DownloadWords {
  const { bytes, totalBytes, bytesPerSecond, secondsLeft, state, retryAt, problem, note, source } = download;
  const figures = [
    totalBytes === null ? words.soFar(formatBytes(bytes)) : words.of(formatBytes(bytes), formatBytes(totalBytes)),
  ];
  if (state === 'downloading' && bytesPerSecond > 0) figures.push(formatRate(bytesPerSecond));
  if (state === 'downloading' && secondsLeft !== null) figures.push(words.left(formatWait(secondsLeft)));
  if (state === 'waiting' && retryAt !== null)
    figures.push(retryAt > now ? words.retryIn(formatWait((retryAt - now) / 1000)) : words.retryNow);
  return {
    share: totalBytes === null ? null : totalBytes === 0 ? 1 : bytes / totalBytes,
    figures: figures.join(' · '),
    note: problem?.message ?? note ?? source.replace(/^catalogue:/, ''),
  };
}
