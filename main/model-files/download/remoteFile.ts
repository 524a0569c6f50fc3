// What a server says about a file: its size, whether it sends ranges, its SHA-256 where the hub knows it, and by what one
// notices that it has changed.
import type { IncomingHttpHeaders } from 'node:http';
import { changed, noRanges, permanent, problemOfStatus, temporary } from './problems.ts';
import type { HttpClient, OpenResponse } from './request.ts';

export interface RemoteFile {
  /** null where the server does not say. */
  byteLength: number | null;
  ranges: boolean;
  /** Of a large file on the hub. */
  sha256: string | null;
  /** The hub's hash, else ETag, else Last-Modified, of the first address; null where there is none. */
  identity: string | null;
  /** Where the redirects led; may expire. */
  address: URL;
  /** As `identity`, but of the server that sends the bytes. */
  senderIdentity: string | null;
  /** The file's first four bytes, or all of a shorter one. */
  magic: string;
}

const magicBytes = 4;

/** Asks for the first bytes: a HEAD is refused by some stores, and tells nothing about ranges. @throws TransferProblem */
export async function probe(client: HttpClient, address: URL, signal: AbortSignal): Promise<RemoteFile> {
  const response = await client.get(address, { range: `bytes=0-${magicBytes - 1}` }, signal);
  try {
    const { status, headers, redirectHeaders } = response;
    if (status !== 200 && status !== 206 && status !== 416)
      throw problemOfStatus(status, address.host, headers['retry-after']);
    const range = status === 206 ? parseContentRange(headers['content-range']) : undefined;
    if (status === 206 && (range === undefined || range.start !== 0))
      throw temporary(`${address.host} answers with another part than was asked for.`, headers['content-range']);
    const linked = redirectHeaders.map(linkedOf).find((found) => found !== undefined) ?? linkedOf(headers);
    const announced = status === 200 ? lengthOf(headers) : status === 416 ? 0 : (range?.total ?? null);
    if (linked !== undefined && announced !== null && linked.byteLength !== null && linked.byteLength !== announced)
      throw temporary(`${address.host} says two different sizes of the file.`, `${linked.byteLength}, ${announced}`);
    const byteLength = announced ?? linked?.byteLength ?? null;
    if (byteLength === 0) throw permanent('refused', 'The file at this address is empty.');
    const senderIdentity = identityOf(headers);
    return {
      byteLength,
      ranges: status === 206 && byteLength !== null,
      sha256: linked?.sha256 ?? null,
      identity: linked?.sha256 ?? linked?.etag ?? senderIdentity,
      address: response.address,
      senderIdentity,
      magic: await firstBytes(response),
    };
  } finally {
    response.close();
  }
}

async function firstBytes({ status, body }: OpenResponse): Promise<string> {
  let bytes = Buffer.alloc(0);
  if (status === 416) return '';
  for await (const piece of body) {
    bytes = Buffer.concat([bytes, piece]);
    if (bytes.length >= magicBytes) break;
  }
  return bytes.toString('latin1', 0, magicBytes);
}

/**
 * Checks that a response brings exactly bytes `start` to `end` (included) of the file that was probed.
 * @throws TransferProblem `changed`, `no-ranges`, `temporary` and what the status says
 */
export function checkPart(response: OpenResponse, remote: RemoteFile, start: number, end: number): void {
  const { status, headers, address } = response;
  if (status !== 200 && status !== 206 && status !== 416)
    throw problemOfStatus(status, address.host, headers['retry-after']);
  const identity = identityOf(headers);
  if (identity !== null && remote.senderIdentity !== null && identity !== remote.senderIdentity && status !== 416)
    throw changed(`${remote.senderIdentity} became ${identity}`);
  if (status === 416) {
    const total = /^bytes \*\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
    if (total !== undefined && Number(total) !== remote.byteLength) throw changed(`the file has ${total} bytes now`);
    throw temporary(`${address.host} refuses a part of the file that it has.`, 'HTTP 416');
  }
  if (status === 200) {
    const length = lengthOf(headers);
    if (length !== null && remote.byteLength !== null && length !== remote.byteLength)
      throw changed(`the file has ${length} bytes now`);
    throw noRanges();
  }
  const range = parseContentRange(headers['content-range']);
  if (range?.total !== undefined && range.total !== null && range.total !== remote.byteLength)
    throw changed(`the file has ${range.total} bytes now`);
  const length = lengthOf(headers);
  if (range?.start !== start || range.end !== end || (length !== null && length !== end - start + 1))
    throw temporary(
      `${address.host} answers with another part than was asked for.`,
      `${headers['content-range']}, ${headers['content-length']} bytes`,
    );
}

export function parseContentRange(
  header: string | undefined,
): { start: number; end: number; total: number | null } | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const numbers = { start: Number(match[1]), end: Number(match[2]), total: match[3] === '*' ? null : Number(match[3]) };
  return Object.values(numbers).every((value) => value === null || Number.isSafeInteger(value)) ? numbers : undefined;
}

function lengthOf(headers: IncomingHttpHeaders): number | null {
  const text = headers['content-length'];
  return text !== undefined && /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null;
}

export function identityOf(headers: IncomingHttpHeaders): string | null {
  return headers.etag?.replace(/^W\//, '') ?? headers['last-modified'] ?? null;
}

/** The hub's headers about a file in its large-file store; its ETag is the file's SHA-256. */
function linkedOf(
  headers: IncomingHttpHeaders,
): { sha256: string | null; etag: string | null; byteLength: number | null } | undefined {
  const etag = headers['x-linked-etag'];
  const size = headers['x-linked-size'];
  if (typeof etag !== 'string' && typeof size !== 'string') return undefined;
  const bare = typeof etag === 'string' ? etag.replaceAll(/^W\/|"/g, '') : null;
  return {
    sha256: bare !== null && /^[0-9a-f]{64}$/i.test(bare) ? bare.toLowerCase() : null,
    etag: bare,
    byteLength: typeof size === 'string' && /^\d+$/.test(size) ? Number(size) : null,
  };
}
