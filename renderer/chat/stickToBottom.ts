// Keeps a scrolling area at its end while it grows, unless the reader has scrolled away.
import type { Attachment } from 'svelte/attachments';

const nearPx = 32;

/** @param report - Told whenever the area comes to its end or leaves it. */
export function stickToBottom(report: (atBottom: boolean) => void): Attachment<HTMLElement> {
  return (area) => {
    let stuck = true;
    let lastTop = area.scrollTop;
    let lastHeight = area.scrollHeight;
    const distance = () => area.scrollHeight - area.scrollTop - area.clientHeight;
    const set = (now: boolean) => {
      if (now === stuck) return;
      stuck = now;
      report(stuck);
    };
    const follow = () => {
      if (!stuck) return set(distance() <= 1);
      area.scrollTop = area.scrollHeight;
      lastTop = area.scrollTop;
      lastHeight = area.scrollHeight;
    };
    const onScroll = () => {
      // Content that shrinks moves the area up as well: that is not the reader.
      const movedUp = area.scrollTop < lastTop - 1 && area.scrollHeight === lastHeight;
      lastTop = area.scrollTop;
      lastHeight = area.scrollHeight;
      set(movedUp ? distance() <= 1 : stuck || distance() <= nearPx);
    };
    const sizes = new ResizeObserver(follow);
    sizes.observe(area);
    for (const child of area.children) sizes.observe(child);
    area.addEventListener('scroll', onScroll, { passive: true });
    area.scrollTop = area.scrollHeight;
    return () => {
      sizes.disconnect();
      area.removeEventListener('scroll', onScroll);
    };
  };
}
