// Indexes the backlog of the search between requests, so that nobody waits for it.
import type { SearchBacklog } from './store/searchBacklog.ts';

/** Leaves the other half of the time to requests. */
const pauseMs = 15;

export interface SearchIndexing {
  /** Does nothing where it is already at work. */
  start(): void;
}

export function createSearchIndexing(backlog: SearchBacklog, log: (text: string) => void): SearchIndexing {
  let waiting = false;
  const work = (): void => {
    waiting = false;
    try {
      if (backlog.work()) start();
    } catch (error) {
      // A full disk, for one: the next start tries again.
      log(`search index: ${String(error)}`);
    }
  };
  const start = (): void => {
    if (waiting) return;
    waiting = true;
    setTimeout(work, pauseMs).unref();
  };
  return { start };
}
