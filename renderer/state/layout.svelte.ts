// Which of the two side areas is open. A wide window keeps them beside the chat and remembers the choice; a narrow one
// folds them by itself and lays them over the chat while they are asked for.
import type { SettingsState } from './settings.svelte.ts';

export const sidebarFits = '(min-width: 800px)';
export const panelFits = '(min-width: 1060px)';

type Matches = (query: string) => boolean;
type Side = 'sidebar' | 'panel';
/** What lies over the whole window, one at a time. */
export type DialogName = 'commands' | 'presets' | 'settings' | 'shortcuts' | 'system-prompt';

export class Layout {
  readonly #settings: SettingsState;
  #wideEnough = $state<Record<Side, boolean>>({ sidebar: true, panel: true });
  #over = $state.raw<Side | null>(null);
  dialog = $state<DialogName | null>(null);
  /** The search field is to take the focus, as soon as it is there. */
  searchRequested = $state(false);

  constructor(settings: SettingsState) {
    this.#settings = settings;
  }

  /** Called at start and whenever the window's width may have crossed a threshold. */
  measure(matches: Matches): void {
    this.#wideEnough = { sidebar: matches(sidebarFits), panel: matches(panelFits) };
    if (this.#over && this.#wideEnough[this.#over]) this.#over = null;
  }

  get sidebarOpen(): boolean {
    return this.#wideEnough.sidebar ? this.#settings.value.sidebarOpen : this.#over === 'sidebar';
  }

  get panelOpen(): boolean {
    return this.#wideEnough.panel ? this.#settings.value.samplingPanelOpen : this.#over === 'panel';
  }

  /** The area that lies over the chat, if one does. */
  get over(): Side | null {
    return this.#over;
  }

  toggleSidebar(): void {
    if (this.#wideEnough.sidebar) void this.#settings.set({ sidebarOpen: !this.sidebarOpen });
    else this.#over = this.#over === 'sidebar' ? null : 'sidebar';
  }

  focusSearch(): void {
    if (!this.sidebarOpen) this.toggleSidebar();
    this.searchRequested = true;
  }

  togglePanel(): void {
    if (this.panelOpen) this.closePanel();
    else this.openPanel();
  }

  openPanel(): void {
    if (this.panelOpen) return;
    if (this.#wideEnough.panel) void this.#settings.set({ samplingPanelOpen: true });
    else this.#over = 'panel';
  }

  closePanel(): void {
    if (this.#wideEnough.panel) void this.#settings.set({ samplingPanelOpen: false });
    else this.closeOver();
  }

  closeOver(): void {
    this.#over = null;
  }
}
