// Numbers as people read them. Pure.

/** 41238976 → "41 MB", 18600000000 → "18.6 GB" (powers of ten, as file managers show). */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${Math.round(bytes / 1e3)} kB`;
}

/** Three figures at most: 412, 41.2, 4.1. */
export function formatSpeed(tokensPerSecond: number): string {
  if (!Number.isFinite(tokensPerSecond)) return '0';
  return tokensPerSecond >= 100 ? String(Math.round(tokensPerSecond)) : tokensPerSecond.toFixed(1);
}

/** Milliseconds below ten seconds, seconds above. */
export function formatDuration(milliseconds: number): { value: string; unit: 'ms' | 's' } {
  if (milliseconds < 10_000) return { value: String(Math.round(milliseconds)), unit: 'ms' };
  return { value: (milliseconds / 1000).toFixed(1), unit: 's' };
}
