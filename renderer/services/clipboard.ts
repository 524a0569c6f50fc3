// Puts text on the clipboard.

/** Returns false where the clipboard is not available. */
export async function copyText(words: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    return false;
  }
}
