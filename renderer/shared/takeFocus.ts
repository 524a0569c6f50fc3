// For the control of a dialog that is used first: the focus goes there, and not to the button that closes the dialog. Before the
// next key, so that whoever types at once loses no letter.
import { tick } from 'svelte';

export function takeFocus(element: HTMLElement): void {
  // The dialog first has to see what had the focus before it, to give it back.
  void tick().then(() => element.focus());
}
