// What was typed or dropped: something to download, or a path on this computer. Pure.

const path = /^(?:\/|~\/|[A-Za-z]:[\\/]|\\\\|file:)/;

export const isPath = (typed: string): boolean => path.test(typed.trim());

/** The host that would be asked for it; null where that is the hub or the mirror. */
export function hostOf(typed: string): string | null {
  const source = typed.trim();
  return /^https?:/.test(source) && URL.canParse(source) ? new URL(source).host : null;
}
