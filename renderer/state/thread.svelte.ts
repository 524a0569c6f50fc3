// One opened conversation: its messages as a tree, and the branch that is shown. Each message redraws by itself.
import { SvelteMap } from 'svelte/reactivity';
import type { Generation, Id, Message, MessageStatus } from '../../main/ipc/contract.ts';
import { branchTo, newestLeafUnder, siblingsOf } from './messageTree.ts';

export class MessageView {
  readonly id: Id;
  readonly parentId: Id | null;
  readonly role: Message['role'];
  readonly createdAt: number;
  text = $state('');
  status = $state<MessageStatus>('complete');
  generation = $state.raw<Generation | null>(null);
  /** How long the model thought, where this window saw it. */
  thinkingMs = $state<number | null>(null);

  constructor(message: Message) {
    this.id = message.id;
    this.parentId = message.parentId;
    this.role = message.role;
    this.createdAt = message.createdAt;
    this.update(message);
  }

  update(message: Message): void {
    this.text = message.text;
    this.status = message.status;
    this.generation = message.generation;
  }
}

export class Thread {
  readonly conversationId: Id;
  readonly #messages = new SvelteMap<Id, MessageView>();
  leafId = $state<Id | null>(null);
  readonly branch: readonly MessageView[] = $derived(branchTo(this.#messages, this.leafId));

  constructor(conversationId: Id, messages: readonly Message[], leafId: Id | null) {
    this.conversationId = conversationId;
    for (const message of messages) this.#messages.set(message.id, new MessageView(fromStore(message)));
    this.leafId = leafId ?? messages.at(-1)?.id ?? null;
  }

  get(id: Id): MessageView | undefined {
    return this.#messages.get(id);
  }

  /** Adds a message and shows its branch. */
  add(message: Message): MessageView {
    const view = new MessageView(message);
    this.#messages.set(view.id, view);
    this.leafId = view.id;
    return view;
  }

  /** From the first message to this one. */
  branchTo(id: Id): MessageView[] {
    return branchTo(this.#messages, id);
  }

  siblings(message: MessageView): MessageView[] {
    return siblingsOf(this.#messages, message);
  }

  /** The leaf to show when the branch switches to this message. */
  leafUnder(message: MessageView): MessageView {
    return newestLeafUnder(this.#messages, message);
  }
}

/** What the store still calls streaming is not written by this window: it was cut off. */
function fromStore(message: Message): Message {
  return message.status === 'streaming' ? { ...message, status: 'interrupted' } : message;
}
