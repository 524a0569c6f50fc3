// Stores the newest value at once and never two at a time: what a dragged slider needs to be stored without a queue.

/** Returns a function that stores a value under a key; what arrives while that key is being stored replaces what waits. */
export function latestOnly<Key, Value>(
  store: (key: Key, value: Value) => Promise<void>,
): (key: Key, value: Value) => void {
  const waiting = new Map<Key, { value: Value } | null>();
  const run = async (key: Key, first: Value) => {
    let next: { value: Value } | null = { value: first };
    while (next) {
      waiting.set(key, null);
      await store(key, next.value);
      next = waiting.get(key) ?? null;
    }
    waiting.delete(key);
  };
  return (key, value) => {
    if (waiting.has(key)) waiting.set(key, { value });
    else void run(key, value);
  };
}
