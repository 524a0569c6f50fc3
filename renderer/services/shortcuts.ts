// The window's keyboard shortcuts: what they are called on this platform and which one a key press is.
import type { AppInfo } from '../../main/ipc/contract.ts';

export type Command =
  'new-chat' | 'toggle-sidebar' | 'toggle-sampling' | 'search' | 'commands' | 'settings' | 'shortcuts';

interface Shortcut {
  key: string;
  shift: boolean;
}

/** A browser keeps Ctrl N for itself. */
function shortcutsOf(shell: AppInfo['shell']): Record<Command, Shortcut> {
  return {
    'new-chat': shell === 'electron' ? { key: 'n', shift: false } : { key: 'o', shift: true },
    'toggle-sidebar': { key: 'b', shift: false },
    'toggle-sampling': { key: '.', shift: false },
    search: { key: 'f', shift: true },
    commands: { key: 'k', shift: false },
    settings: { key: ',', shift: false },
    shortcuts: { key: '/', shift: false },
  };
}

const isApple = (platform: string) => platform === 'darwin' || platform.startsWith('Mac');

/** A key as Electron names it, as people read it: "Ctrl Shift Space". */
export function keyLabel(key: string, info: AppInfo | null): string {
  const names = isApple(info?.platform ?? '')
    ? { CommandOrControl: '⌘', Alt: '⌥', Shift: '⇧' }
    : { CommandOrControl: 'Ctrl', Alt: 'Alt', Shift: 'Shift' };
  return key
    .split('+')
    .map((part) => (part in names ? names[part as keyof typeof names] : part))
    .join(' ');
}

/** "Ctrl Shift O", "⌘ N". */
export function shortcutLabel(command: Command, info: AppInfo | null): string {
  const { key, shift } = shortcutsOf(info?.shell ?? 'web')[command];
  const apple = isApple(info?.platform ?? '');
  return [apple ? '⌘' : 'Ctrl', ...(shift ? [apple ? '⇧' : 'Shift'] : []), key.toUpperCase()].join(' ');
}

export function commandOf(event: KeyboardEvent, info: AppInfo | null): Command | null {
  const modifier = isApple(info?.platform ?? '') ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
  if (!modifier || event.altKey) return null;
  const shortcuts = Object.entries(shortcutsOf(info?.shell ?? 'web')) as [Command, Shortcut][];
  const key = event.key.toLowerCase();
  return shortcuts.find(([, shortcut]) => shortcut.key === key && shortcut.shift === event.shiftKey)?.[0] ?? null;
}
