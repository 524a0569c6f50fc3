// The body of a request as JSON, up to a size that no chat turn reaches.
import type { IncomingMessage } from 'node:http';
import { AppError } from '../ipc/errors.ts';

const largestBytes = 16 * 1024 * 1024;

export type JsonBody = { ok: true; value: unknown } | { ok: false; status: 400 | 413 | 415; error: AppError };

export async function readJson(request: IncomingMessage): Promise<JsonBody> {
  // A form of another site cannot send this type without asking first.
  if (request.headers['content-type']?.split(';')[0]?.trim() !== 'application/json')
    return refusal(415, 'A request has to be JSON.');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largestBytes) return refusal(413, 'That is too long to be stored.');
    chunks.push(chunk);
  }
  try {
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString('utf8')) };
  } catch {
    return refusal(400, 'A request has to be JSON.');
  }
}

function refusal(status: 400 | 413 | 415, message: string): JsonBody {
  return { ok: false, status, error: new AppError('invalid-payload', message) };
}
