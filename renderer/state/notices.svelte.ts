// What the window tells without being asked: banners that stay until dismissed, toasts that go, words for screen readers.
import { text } from '../text/text.ts';

export interface Banner {
  /** One banner a key: a second failure of the same kind replaces the first. */
  key: string;
  message: string;
}

export interface Toast {
  id: number;
  message: string;
  action: { label: string; run: () => void } | null;
}

export class Notices {
  banners = $state.raw<readonly Banner[]>([]);
  toasts = $state.raw<readonly Toast[]>([]);
  announcement = $state('');
  #nextToast = 1;

  warn(key: string, message: string): void {
    this.banners = [...this.banners.filter((banner) => banner.key !== key), { key, message }];
  }

  resolve(key: string): void {
    if (this.banners.some((banner) => banner.key === key))
      this.banners = this.banners.filter((banner) => banner.key !== key);
  }

  toast(message: string, action: Toast['action'] = null): void {
    this.toasts = [...this.toasts.slice(-2), { id: this.#nextToast++, message, action }];
  }

  closeToast(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  announce(message: string): void {
    this.announcement = message;
  }
}

/** What an error says to a person; of one without a code, which nobody foresaw, that something went wrong. */
export function sentenceOf(error: unknown): string {
  const coded = error instanceof Error && 'code' in error;
  return coded && error.message ? error.message : text.errors.unexpected;
}
