// One download from the first question to whole, verified parts: asks the server, makes sure of the room, fetches file by
// file, verifies, and starts a file over where the source has changed. Moving the parts into the library is the library's.
import { AppError } from '../../ipc/errors.ts';
import type { DownloadState } from '../../ipc/libraryContract.ts';
import { requireSpace, type Disk } from './disk.ts';
import type { DownloadFolder, ManifestFile } from './downloadFolder.ts';
import { Speedometer, type BandwidthLimit, type RetryRules } from './pace.ts';
import { TransferProblem } from './problems.ts';
import { probe, type RemoteFile } from './remoteFile.ts';
import type { HttpClient } from './request.ts';
import { Retries } from './retries.ts';
import { FileTransfer } from './transfer.ts';
import { chunkBytesFor, type TransferContext } from './transferContext.ts';
import { verifyPart } from './verify.ts';

export interface DownloadContext {
  client: HttpClient;
  disk: Disk;
  bandwidth: BandwidthLimit;
  retry: RetryRules;
  mostConnections: number;
  signal: AbortSignal;
  onProgress: () => void;
}

/** What a download says of itself while it runs; read at any time. */
export class Progress {
  stage: DownloadState = 'starting';
  bytes = 0;
  verifiedBytes = 0;
  totalBytes: number | null = null;
  connections = 0;
  retryAt: number | null = null;
  problem: AppError | null = null;
  readonly speed = new Speedometer();

  get secondsLeft(): number | null {
    const { bytesPerSecond } = this.speed;
    if (this.totalBytes === null || bytesPerSecond < 1) return null;
    return Math.max(0, this.totalBytes - this.bytes) / bytesPerSecond;
  }
}

export interface VerifiedFile {
  name: string;
  path: string;
  byteLength: number;
  sha256: string;
}

const mostRestarts = 3;
const unknownLengthChunk = 4 * 2 ** 20;
const restartNote = 'The file changed at its source, so its download started over.';

/** @throws AppError; the signal's reason. What has come in stays, but for a file that is not the one wanted. */
export async function runDownload(
  folder: DownloadFolder,
  progress: Progress,
  context: DownloadContext,
): Promise<VerifiedFile[]> {
  const { onProgress, disk } = context;
  const retries = new Retries(context.retry, (until, error) => {
    progress.stage = until === null ? 'downloading' : 'waiting';
    progress.retryAt = until;
    progress.problem = error;
    onProgress();
  });
  const transferContext: TransferContext = {
    ...context,
    retries,
    received(bytes) {
      progress.bytes += bytes;
      progress.speed.add(bytes);
      onProgress();
    },
    lost(bytes) {
      progress.bytes -= bytes;
    },
    connected(count) {
      progress.connections = count;
    },
    speed: () => progress.speed.bytesPerSecond,
    changed: onProgress,
  };
  const { files } = folder.manifest;
  progress.stage = 'starting';
  onProgress();
  const remotes: RemoteFile[] = [];
  for (let file = 0; file < files.length; file++) remotes.push(await askServer(folder, file, transferContext));
  progress.bytes = bytesThere(folder);
  progress.totalBytes = totalOf(folder);
  if (progress.totalBytes !== null) await requireSpace(disk, folder.path, progress.totalBytes - progress.bytes);

  const verified: VerifiedFile[] = [];
  for (let file = 0; file < files.length; file++)
    verified.push(await bringFile(folder, file, remotes[file], progress, transferContext));
  return verified;
}

/** Asks what the file is now, and forgets the chunks of what it was before. */
async function askServer(folder: DownloadFolder, file: number, context: TransferContext): Promise<RemoteFile> {
  const remote = await probeFile(folder.manifest.files[file], context);
  const known = folder.manifest.files[file];
  const isOther =
    known.identity !== null && (known.identity !== remote.identity || known.byteLength !== remote.byteLength);
  if (isOther) {
    await folder.reset(file);
    if (folder.chunks(file).size > 0 || known.byteLength !== null) await folder.save({ note: restartNote });
  }
  if (known.sha256Given && remote.sha256 !== null && remote.sha256 !== known.sha256)
    throw new AppError(
      'damaged',
      'The hub says another SHA-256 of this file than the one given. Check both.',
      `${known.sha256} given, ${remote.sha256} at the hub`,
    );
  const isUnknown = known.sha256 === null && remote.sha256 === null;
  if (isUnknown && /\.gguf$/i.test(known.name) && remote.magic !== 'GGUF')
    throw new AppError('not-a-model', 'What is at this address is not a GGUF file; perhaps it is a web page.');
  const hasChunks = folder.chunks(file).size > 0 && !isOther;
  await folder.saveFile(file, {
    byteLength: remote.byteLength,
    identity: remote.identity,
    sha256: known.sha256Given ? known.sha256 : (remote.sha256 ?? (isOther ? null : known.sha256)),
    // Chunks that are there keep their places.
    chunkBytes: hasChunks
      ? known.chunkBytes
      : remote.byteLength === null
        ? unknownLengthChunk
        : chunkBytesFor(remote.byteLength),
  });
  return remote;
}

async function probeFile({ address }: ManifestFile, { client, retries, signal }: TransferContext): Promise<RemoteFile> {
  for (;;) {
    const round = await retries.ready();
    signal.throwIfAborted();
    try {
      const remote = await probe(client, new URL(address), signal);
      retries.progressed();
      return remote;
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof TransferProblem)) throw thrown;
      await retries.failed(thrown, round, signal);
    }
  }
}

async function bringFile(
  folder: DownloadFolder,
  file: number,
  first: RemoteFile,
  progress: Progress,
  context: TransferContext,
): Promise<VerifiedFile> {
  const path = folder.partPath(file);
  const part = await context.disk.openPart(path);
  let remote = first;
  try {
    for (let restarts = 0; ;) {
      try {
        if (remote.byteLength !== null) await part.truncate(remote.byteLength);
        progress.stage = 'downloading';
        const transfer = new FileTransfer(folder, file, part, remote, context);
        await transfer.run();
        progress.stage = 'verifying';
        progress.connections = 0;
        const before = bytesBefore(folder, file);
        progress.verifiedBytes = before;
        const sha256 = await verifyPart(folder, file, part, transfer, {
          signal: context.signal,
          onBytes(at) {
            progress.verifiedBytes = before + at;
            context.changed();
          },
        });
        await part.sync();
        const { name, byteLength } = folder.manifest.files[file];
        return { name, path, byteLength: byteLength ?? 0, sha256 };
      } catch (thrown) {
        if (thrown instanceof AppError && thrown.code === 'damaged') await forget(folder, file, part);
        if (!(thrown instanceof TransferProblem)) throw thrown;
        if (++restarts > mostRestarts) throw thrown.error;
        if (thrown.kind === 'no-ranges') remote = { ...remote, ranges: false };
        else if (thrown.kind === 'changed') {
          await folder.save({ note: restartNote });
          remote = await askServer(folder, file, context);
          await forget(folder, file, part);
          await folder.saveFile(file, {
            chunkBytes: remote.byteLength === null ? unknownLengthChunk : chunkBytesFor(remote.byteLength),
          });
        } else throw thrown.error;
        progress.bytes = bytesThere(folder);
        progress.totalBytes = totalOf(folder);
      }
    }
  } finally {
    await part.close();
  }
}

async function forget(
  folder: DownloadFolder,
  file: number,
  part: { truncate: (byteLength: number) => Promise<void> },
): Promise<void> {
  await folder.reset(file);
  await part.truncate(0);
}

const bytesBefore = ({ manifest }: DownloadFolder, file: number): number =>
  manifest.files.slice(0, file).reduce((sum, { byteLength }) => sum + (byteLength ?? 0), 0);

/** Bytes of the chunks that are there. */
export function bytesThere(folder: DownloadFolder): number {
  return folder.manifest.files.reduce((sum, { chunkBytes, byteLength }, file) => {
    const chunks = [...folder.chunks(file).keys()];
    const end = byteLength ?? Infinity;
    return (
      sum + chunks.reduce((bytes, index) => bytes + Math.max(0, Math.min(chunkBytes, end - index * chunkBytes)), 0)
    );
  }, 0);
}

export function totalOf({ manifest }: DownloadFolder): number | null {
  return manifest.files.reduce<number | null>(
    (sum, { byteLength }) => (sum === null || byteLength === null ? null : sum + byteLength),
    0,
  );
}
