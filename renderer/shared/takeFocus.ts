// For the control of a dialog that is used first: the focus goes there, and not to the button that closes the dialog.
import { tick } from 'svelte';

export function takeFocus(element: HTMLElement): void {
  void tick().then(() => requestAnimationFrame(() => element.focus()));
}
