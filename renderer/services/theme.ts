// Applies the chosen theme to the document and follows the system where that is the choice.
import type { Settings } from '../../main/ipc/contract.ts';

const prefersDark = '(prefers-color-scheme: dark)';

/** Returns the function that stops following the system. */
export function applyTheme(theme: Settings['theme']): () => void {
  return followDark(theme, (dark) => (document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'));
}

/** Says at once whether a theme is dark, and again when the system changes. Returns the function that ends that. */
export function followDark(theme: Settings['theme'], say: (dark: boolean) => void): () => void {
  const system = matchMedia(prefersDark);
  const follow = () => say(theme === 'dark' || (theme === 'system' && system.matches));
  follow();
  system.addEventListener('change', follow);
  return () => system.removeEventListener('change', follow);
}

export function applyTextSize(size: NonNullable<Settings['textSize']>): void {
  document.documentElement.dataset['textSize'] = size;
}
