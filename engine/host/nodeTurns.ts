// Slows Node's event loop down while nothing happens in it. Dawn's binding, while anything is awaited, looks for events at every turn of
// the loop, each time by a new function that only a full collection frees: a core is busy with it, 90 MB a second, and once a second all
// stands still for 0.1 s and more. It asks the global `setImmediate` for its turns, so that is where a turn can be made to last.

/** A turn that only looked for events takes less. */
const idleTurnMs = 0.05;
/** Less than a step of decoding takes; several of them are on their way. */
const pauseMs = 0.1;

let isCalm = false;

/** From now on a `setImmediate` that follows an idle turn waits a moment before it asks for the next one. */
export function calmTurns(): void {
  if (isCalm) return;
  isCalm = true;
  const { setImmediate: nextTurn } = globalThis;
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  let turned = 0;
  const calm = (...task: Parameters<typeof nextTurn>): NodeJS.Immediate => {
    if (performance.now() - turned < idleTurnMs) Atomics.wait(nobody, 0, 0, pauseMs);
    turned = performance.now();
    return nextTurn(...task);
  };
  // With what it carries, as `util.promisify.custom`.
  globalThis.setImmediate = Object.assign(calm, nextTurn);
}
