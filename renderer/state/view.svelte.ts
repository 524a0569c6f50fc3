// What the middle of the window shows: a chat, or the Models page.

export class View {
  shown = $state<'chat' | 'models'>('chat');
  /** Counts up when the Models page should show its top. */
  modelsRequests = $state(0);

  showChat(): void {
    this.shown = 'chat';
  }

  showModels(): void {
    this.shown = 'models';
    this.modelsRequests++;
  }
}
