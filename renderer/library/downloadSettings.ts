// What is typed as mirror and speed limit → the values of the contract. Pure.

type Parsed<Value> = { ok: true; value: Value } | { ok: false };

const bytesPerMegabyte = 1e6;
const slowest = 1024;

export function parseMirror(typed: string): Parsed<string | null> {
  const address = typed.trim();
  if (address === '') return { ok: true, value: null };
  return /^https?:\/\/./.test(address) && URL.canParse(address) ? { ok: true, value: address } : { ok: false };
}

/** Megabytes a second. */
export function parseLimit(typed: string): Parsed<number | null> {
  const number = typed.trim().replace(',', '.');
  if (number === '') return { ok: true, value: null };
  const bytes = Math.round(Number(number) * bytesPerMegabyte);
  return Number.isFinite(bytes) && bytes >= slowest ? { ok: true, value: bytes } : { ok: false };
}

export const formatLimit = (bytesPerSecond: number | null): string =>
  bytesPerSecond === null ? '' : String(bytesPerSecond / bytesPerMegabyte);
