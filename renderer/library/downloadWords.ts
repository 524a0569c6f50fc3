// The figures and the sentence under a download. Pure.
import type { Download } from '../../main/ipc/contract.ts';
import { formatBytes, formatRate, formatWait } from '../text/format.ts';
import { text } from '../text/text.ts';

export interface DownloadWords {
  /** 0…1; null where the end is not known. */
  share: number | null;
  figures: string;
  /** What went wrong, else what happened, else where it comes from. */
  note: string;
}

export function describeDownload(download: Download, now: number): DownloadWords {
  const { totalBytes, bytesPerSecond, secondsLeft, state, retryAt, problem, note, source } = download;
  const isVerifying = state === 'verifying';
  const bytes = isVerifying ? download.verifiedBytes : download.bytes;
  const figures = [
    totalBytes === null
      ? text.library.downloads.soFar(formatBytes(bytes))
      : text.library.downloads.of(formatBytes(bytes), formatBytes(totalBytes)),
  ];
  if (isVerifying) figures.push(text.library.downloads.compared);
  if (state === 'downloading' && bytesPerSecond > 0) figures.push(formatRate(bytesPerSecond));
  if (state === 'downloading' && secondsLeft !== null)
    figures.push(text.library.downloads.left(formatWait(secondsLeft)));
  if (state === 'waiting' && retryAt !== null)
    figures.push(
      retryAt > now
        ? text.library.downloads.retryIn(formatWait((retryAt - now) / 1000))
        : text.library.downloads.retryNow,
    );
  return {
    share: totalBytes === null ? null : totalBytes === 0 ? 1 : bytes / totalBytes,
    figures: figures.join(' · '),
    note: problem?.message ?? note ?? (source.startsWith('catalogue:') ? text.library.downloads.fromCatalogue : source),
  };
}
