// What the middle of the window shows: a chat, or the Models page.

export class View {
  shown = $state<'chat' | 'models'>('chat');

  showChat(): void {
    this.shown = 'chat';
  }

  showModels(): void {
    this.shown = 'models';
  }
}
