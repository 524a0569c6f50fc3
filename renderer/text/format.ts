// Numbers and days as people read them, in the language of the window.
import { text } from './text.ts';

/** With so many digits behind the point. */
const digits = (number: number, count: number): string =>
  number.toLocaleString(text.locale, { minimumFractionDigits: count, maximumFractionDigits: count });

/** 41238976 → "41 MB", 18600000000 → "18.6 GB" (powers of ten, as file managers show). */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${digits(bytes / 1e9, 1)} GB`;
  if (bytes >= 1e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${Math.round(bytes / 1e3)} kB`;
}

/** Three figures at most: 412, 41.2, 4.1. */
export function formatSpeed(tokensPerSecond: number): string {
  if (!Number.isFinite(tokensPerSecond)) return '0';
  return digits(tokensPerSecond, tokensPerSecond >= 100 ? 0 : 1);
}

/** Milliseconds below ten seconds, seconds above. */
export function formatDuration(milliseconds: number): { value: string; unit: 'ms' | 's' } {
  if (milliseconds < 10_000) return { value: String(Math.round(milliseconds)), unit: 'ms' };
  return { value: digits(milliseconds / 1000, 1), unit: 's' };
}

/** 2600000000 → "2.6 GB/s". */
export const formatRate = (bytesPerSecond: number): string => `${formatBytes(Math.max(0, bytesPerSecond))}/s`;

/** 262144 → "262,144". */
export const formatCount = (count: number): string => count.toLocaleString(text.locale);

/** 26 → "26 s", 250 → "4 min", 4300 → "1 h 12 min". */
export function formatWait(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const dayMs = 86_400_000;

/** "today", "yesterday", "12 November 2026". */
export function formatDay(time: number, now: number): string {
  const dayOf = (moment: number) => new Date(moment).setHours(0, 0, 0, 0);
  const days = Math.round((dayOf(now) - dayOf(time)) / dayMs);
  if (days <= 1) return new Intl.RelativeTimeFormat(text.locale, { numeric: 'auto' }).format(-Math.max(0, days), 'day');
  return new Date(time).toLocaleDateString(text.locale, { day: 'numeric', month: 'long', year: 'numeric' });
}
