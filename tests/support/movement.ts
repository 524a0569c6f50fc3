// What moves in an answer while it grows: looks at every frame, and counts each element that was drawn before and now stands
// elsewhere within the answer. (Chromium's own score counts the line under the answer, which goes down as it grows.)
import type { Page } from 'playwright-core';

declare global {
  interface Window {
    movement: { frames: number; moved: string[] };
  }
}

/** Watches the last answer from now on. */
export async function watchMovement(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.movement = { frames: 0, moved: [] };
    const places = new WeakMap<Element, { left: number; top: number }>();
    const look = () => {
      const article = document.querySelector('[role=log] article:last-of-type');
      const origin = article?.getBoundingClientRect();
      if (origin) window.movement.frames++;
      for (const element of article?.querySelectorAll('*') ?? []) {
        // The line under it goes down with its end; a formula's source is not drawn.
        if (!origin || element.closest('footer, annotation') || element.textContent === '') continue;
        const { left, top } = element.getBoundingClientRect();
        const now = { left: left - origin.left, top: top - origin.top };
        const before = places.get(element) ?? now;
        places.set(element, now);
        if (Math.max(Math.abs(before.left - now.left), Math.abs(before.top - now.top)) > 1.5)
          window.movement.moved.push(`${element.tagName} ${element.textContent.slice(0, 40)}`);
      }
      requestAnimationFrame(look);
    };
    look();
  });
}

export const movement = (page: Page) => page.evaluate(() => window.movement);
