// Sends the newest value at once and never two at a time: what a dragged slider needs to be stored without a queue.

/** Returns a function that stores a value; values that arrive while one is being stored are merged into the last. */
export function latestOnly<Value>(store: (value: Value) => Promise<void>): (value: Value) => void {
  let running = false;
  let next: { value: Value } | null = null;
  const run = async (value: Value) => {
    running = true;
    next = { value };
    while (next) {
      const { value: current }: { value: Value } = next;
      next = null;
      await store(current);
    }
    running = false;
  };
  return (value) => {
    if (running) next = { value };
    else void run(value);
  };
}
