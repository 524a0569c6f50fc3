// When to draw: with the next frame, or soon where no frames come (a hidden window).

const hiddenDelayMs = 100;

export function nextFrame(callback: () => void): void {
  if (typeof requestAnimationFrame === 'function' && document.visibilityState === 'visible')
    requestAnimationFrame(callback);
  else setTimeout(callback, hiddenDelayMs);
}
