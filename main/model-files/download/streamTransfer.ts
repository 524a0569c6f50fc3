// A file from a server that sends whole files only: one stream from the first byte to the last. What breaks off starts over;
// chunks that are there already are compared on the way instead of written again.
import { createHash } from 'node:crypto';
import { requireSpace, type PartFile } from './disk.ts';
import type { DownloadFolder } from './downloadFolder.ts';
import { changed, problemOfStatus, toTransferProblem, TransferProblem } from './problems.ts';
import { identityOf, type RemoteFile } from './remoteFile.ts';
import type { OpenResponse } from './request.ts';
import type { TransferContext } from './transferContext.ts';

/** Returns the file as it is known then, with its length. @throws TransferProblem `changed`; AppError; the signal's reason */
export async function fetchStream(
  folder: DownloadFolder,
  file: number,
  part: PartFile,
  remote: RemoteFile,
  context: TransferContext,
): Promise<RemoteFile> {
  const { retries, signal, lost, connected } = context;
  for (;;) {
    const round = await retries.ready();
    signal.throwIfAborted();
    let got = 0;
    try {
      connected(1);
      const byteLength = await readStream(folder, file, part, remote, context, (bytes) => (got += bytes));
      retries.progressed();
      return { ...remote, byteLength };
    } catch (thrown) {
      signal.throwIfAborted();
      if (!(thrown instanceof TransferProblem) || thrown.kind === 'changed') throw thrown;
      // Nothing can be kept of a stream that has no middle to start from.
      lost(got);
      await retries.failed(thrown, round, signal);
    }
  }
}

/** Returns how long the file is. */
async function readStream(
  folder: DownloadFolder,
  file: number,
  part: PartFile,
  remote: RemoteFile,
  { client, signal, bandwidth, received, disk }: TransferContext,
  onBytes: (bytes: number) => void,
): Promise<number> {
  const { address, chunkBytes } = folder.manifest.files[file];
  const total = remote.byteLength;
  const response = await client.get(new URL(address), {}, signal);
  try {
    checkStream(response, remote);
    const { host } = response.address;
    let at = 0;
    let hash = createHash('sha256');
    const commit = async (): Promise<void> => {
      const index = Math.ceil(at / chunkBytes) - 1;
      const sha256 = hash.digest('hex');
      hash = createHash('sha256');
      if (folder.chunks(file).get(index) !== sha256) await folder.commit(part, file, index, sha256);
      await requireSpace(disk, folder.path, chunkBytes);
    };
    for await (const sent of response.body) {
      await bandwidth.take(sent.length, signal);
      if (total !== null && at + sent.length > total) throw toTransferProblem(new Error('longer than announced'), host);
      for (let used = 0; used < sent.length;) {
        const piece = sent.subarray(used, used + chunkBytes - (at % chunkBytes));
        await part.write(piece, at);
        hash.update(piece);
        used += piece.length;
        at += piece.length;
        if (at % chunkBytes === 0) await commit();
      }
      received(sent.length);
      onBytes(sent.length);
    }
    if (total !== null && at < total) throw toTransferProblem(new Error('shorter than announced'), host);
    if (at % chunkBytes !== 0) await commit();
    await part.truncate(at);
    await folder.saveFile(file, { byteLength: at });
    return at;
  } finally {
    response.close();
  }
}

function checkStream({ status, headers, address }: OpenResponse, remote: RemoteFile): void {
  if (status !== 200) throw problemOfStatus(status, address.host, headers['retry-after']);
  const identity = identityOf(headers);
  if (identity !== null && remote.senderIdentity !== null && identity !== remote.senderIdentity)
    throw changed(`${remote.senderIdentity} became ${identity}`);
  const length = headers['content-length'];
  if (length !== undefined && remote.byteLength !== null && Number(length) !== remote.byteLength)
    throw changed(`the file has ${length} bytes now`);
}
