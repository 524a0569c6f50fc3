// Applies the chosen theme to the document and follows the system where that is the choice.
import type { Settings } from '../../main/ipc/contract.ts';

const prefersDark = '(prefers-color-scheme: dark)';

/** Returns the function that stops following the system. */
export function applyTheme(theme: Settings['theme']): () => void {
  const system = matchMedia(prefersDark);
  const apply = () => {
    document.documentElement.dataset['theme'] = theme === 'system' ? (system.matches ? 'dark' : 'light') : theme;
  };
  apply();
  system.addEventListener('change', apply);
  return () => system.removeEventListener('change', apply);
}

export function applyTextSize(size: NonNullable<Settings['textSize']>): void {
  document.documentElement.dataset['textSize'] = size;
}
