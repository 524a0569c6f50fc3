// What can go wrong between here and a server, sorted by what to do about it. The person's sentence is an AppError inside.
import { AppError } from '../../ipc/errors.ts';

/**
 * `temporary`: try again after a while. `expired`: the address that a redirect led to is stale, ask the first one again.
 * `changed`: the file at the source is another one now. `no-ranges`: the server sends whole files only. `permanent`: give up.
 */
export type ProblemKind = 'temporary' | 'expired' | 'changed' | 'no-ranges' | 'permanent';

export class TransferProblem extends Error {
  override readonly name = 'TransferProblem';
  readonly kind: ProblemKind;
  readonly error: AppError;
  /** What the server asked for with Retry-After. */
  readonly retryAfterMs: number | null;

  constructor(kind: ProblemKind, error: AppError, retryAfterMs: number | null = null) {
    super(error.message);
    this.kind = kind;
    this.error = error;
    this.retryAfterMs = retryAfterMs;
  }
}

export const temporary = (message: string, detail?: string, retryAfterMs: number | null = null): TransferProblem =>
  new TransferProblem('temporary', new AppError('network', message, detail), retryAfterMs);

export const permanent = (code: 'refused' | 'bad-address' | 'network', message: string, detail?: string) =>
  new TransferProblem('permanent', new AppError(code, message, detail));

export const changed = (detail: string): TransferProblem =>
  new TransferProblem(
    'changed',
    new AppError('source-changed', 'The file at the source keeps changing. Try again later.', detail),
  );

export const noRanges = (): TransferProblem =>
  new TransferProblem('no-ranges', new AppError('network', 'The server sends whole files only.'));

/** Any failure of a socket is worth another try. */
export function toTransferProblem(thrown: unknown, host: string): TransferProblem {
  if (thrown instanceof TransferProblem) return thrown;
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (/^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code))
    return permanent('network', `The certificate of ${host} is not to be trusted.`, code);
  if (/^(ENOTFOUND|EAI_|ENETUNREACH|ENETDOWN|EHOSTUNREACH|ECONNREFUSED)/.test(code))
    return temporary(`${host} cannot be reached. Check the connection, or try again later.`, code);
  return temporary(`The connection to ${host} broke off.`, code || String(thrown));
}

/** By the status of a response that brings no file. */
export function problemOfStatus(status: number, host: string, retryAfter: string | undefined): TransferProblem {
  const detail = `HTTP ${status}`;
  if (status === 429 || status === 503)
    return temporary(`${host} is busy and asks to wait.`, detail, retryAfterMs(retryAfter));
  if (status === 408 || status === 425 || status >= 500)
    return temporary(`${host} has a problem of its own.`, detail, retryAfterMs(retryAfter));
  if (status === 401 || status === 403)
    return new TransferProblem(
      'expired',
      new AppError('refused', `${host} refuses to hand out this file: it may need an account or a licence.`, detail),
    );
  if (status === 404 || status === 410)
    return permanent('refused', `${host} has no such file. Check the address.`, detail);
  return permanent('refused', `${host} answers in a way that Conclave does not understand.`, detail);
}

const longestWaitMs = 10 * 60_000;

/** Of a Retry-After header: seconds or a date; null where it says neither. */
export function retryAfterMs(header: string | undefined, now = Date.now()): number | null {
  if (header === undefined) return null;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.min(longestWaitMs, Math.max(0, wait)) : null;
}
