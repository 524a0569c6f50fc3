// Which file a request for weights means, for weights:// in Electron and /weights/ in the web shell, and ranged reads of it for
// the latter. Only names that the library knows lead to a file; a path never comes from a request.
import fs from 'node:fs';
import type { Readable } from 'node:stream';
import { AppError, toAppError } from '../ipc/errors.ts';
import type { Library } from './library.ts';

export interface WeightsRequest {
  method: string;
  modelId: string;
  fileName: string;
  /** The Range header. */
  range: string | null;
}

export interface WeightsResponse {
  status: 200 | 206 | 400 | 404 | 405 | 416;
  headers: Record<string, string>;
  /** Reads ahead by one chunk at most; null where there is nothing to send. */
  body: Readable | null;
  /** Why there is no file. */
  error: AppError | null;
}

const chunkBytes = 1024 * 1024;

/** Splits "/<model>/<file>"; undefined where the path is not of that form. */
export function parseWeightsPath(pathname: string): { modelId: string; fileName: string } | undefined {
  const parts = pathname.split('/');
  if (parts.length !== 3 || parts[0] !== '') return undefined;
  try {
    return { modelId: decodeURIComponent(parts[1]), fileName: decodeURIComponent(parts[2]) };
  } catch {
    return undefined;
  }
}

/** The way back: the path that `parseWeightsPath` reads. */
export function weightsPath(modelId: string, fileName: string): string {
  return `/${encodeURIComponent(modelId)}/${encodeURIComponent(fileName)}`;
}

export function readWeights(
  library: Pick<Library, 'find'>,
  { method, modelId, fileName, range }: WeightsRequest,
): WeightsResponse {
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, headers: { allow: 'GET, HEAD' }, body: null, error: onlyReads() };
  let file: string;
  let found: fs.Stats;
  try {
    file = library.find(modelId, fileName);
    found = fs.statSync(file);
  } catch (thrown) {
    const error = toAppError(thrown);
    return { status: error.code === 'bad-name' ? 400 : 404, headers: {}, body: null, error };
  }

  const { size } = found;
  const headers: Record<string, string> = {
    'accept-ranges': 'bytes',
    etag: entityTag(found),
    'cache-control': 'no-store',
    'content-type': 'application/octet-stream',
  };
  const part = parseRange(range, size);
  if (part === 'unsatisfiable')
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${size}` }, body: null, error: null };
  const { start, end } = part ?? { start: 0, end: size - 1 };
  headers['content-length'] = String(end - start + 1);
  if (part !== undefined) headers['content-range'] = `bytes ${start}-${end}/${size}`;
  const body = method === 'HEAD' ? null : fs.createReadStream(file, { start, end, highWaterMark: chunkBytes });
  return { status: part === undefined ? 200 : 206, headers, body, error: null };
}

/** Of responses: other content in the file's place has another, so that a reader of many parts notices. */
export const entityTag = ({ ino, size, mtimeMs }: fs.Stats): string => `"${ino}-${size}-${mtimeMs}"`;

const onlyReads = () => new AppError('forbidden', 'Files of models can be read, and nothing else.');

/**
 * First and last byte of a Range header, both included. Undefined means the whole file: no header, another unit, bad
 * syntax or several ranges, which RFC 9110 lets a server ignore.
 */
export function parseRange(
  header: string | null,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [, first, last] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Number(last);
    return length === 0 ? 'unsatisfiable' : { start: Math.max(0, size - length), end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
}
