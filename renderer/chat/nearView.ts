// Which parts of a long scrolling area are near what is seen: far ones are drawn as empty boxes of their height, so that
// a conversation of thousands of messages costs no more than the part that is read.
import type { Attachment } from 'svelte/attachments';

/** Pixels around the view that are kept drawn. */
const around = 1600;

export class NearView {
  readonly #reports = new WeakMap<Element, (near: boolean) => void>();
  readonly #elements = new Set<Element>();
  #observer: IntersectionObserver | null = null;

  /** For the scrolling area. */
  readonly area: Attachment<HTMLElement> = (root) => {
    this.#observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) this.#reports.get(target)?.(isIntersecting);
      },
      { root, rootMargin: `${around}px 0px` },
    );
    for (const element of this.#elements) this.#observer.observe(element);
    return () => this.#observer?.disconnect();
  };

  /** For each of its parts. */
  readonly part =
    (report: (near: boolean) => void): Attachment<HTMLElement> =>
    (element) => {
      this.#reports.set(element, report);
      this.#elements.add(element);
      this.#observer?.observe(element);
      return () => {
        this.#elements.delete(element);
        this.#observer?.unobserve(element);
      };
    };
}

/** A guess of a message's height before it was ever drawn, in pixels. */
export function guessedHeight(text: string): number {
  const lines = text.split('\n').reduce((sum, line) => sum + Math.ceil((line.length + 1) / 88), 0);
  return 40 + 24 * lines;
}
