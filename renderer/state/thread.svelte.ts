// One opened conversation: its messages as a tree, and the branch that is shown. Each message redraws by itself.
import { SvelteMap } from 'svelte/reactivity';
import type { Attachment, Generation, Id, Message, MessageStatus } from '../../main/ipc/contract.ts';
import { branchTo, childrenOf } from './messageTree.ts';

export class MessageView {
  readonly id: Id;
  readonly parentId: Id | null;
  readonly role: Message['role'];
  readonly createdAt: number;
  readonly editedFrom: Id | null;
  readonly attachments: readonly Attachment[];
  text = $state('');
  status = $state<MessageStatus>('complete');
  generation = $state.raw<Generation | null>(null);
  /** How long the model thought; null where nothing was measured. */
  thinkingMs = $state<number | null>(null);

  constructor(message: Message) {
    this.id = message.id;
    this.parentId = message.parentId;
    this.role = message.role;
    this.createdAt = message.createdAt;
    this.editedFrom = message.editedFrom;
    this.attachments = message.attachments;
    this.update(message);
  }

  update(message: Message): void {
    this.text = message.text;
    this.status = message.status;
    this.generation = message.generation;
    this.thinkingMs = message.thinkingMs ?? null;
  }
}

export class Thread {
  readonly conversationId: Id;
  readonly #messages = new SvelteMap<Id, MessageView>();
  leafId = $state<Id | null>(null);
  /** Stands before the first message; '' if there is none. */
  systemPrompt = $state('');
  readonly branch: readonly MessageView[] = $derived(branchTo(this.#messages, this.leafId));

  readonly #children = $derived(childrenOf(this.#messages.values()));

  constructor(conversationId: Id, messages: readonly Message[], leafId: Id | null, systemPrompt: string) {
    this.conversationId = conversationId;
    this.systemPrompt = systemPrompt;
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

  /** The message and those beside it, oldest first. */
  siblings(message: MessageView): MessageView[] {
    return this.#children.get(message.parentId) ?? [message];
  }

  /** Another message was said after this one, in whichever branch. */
  hasNext(message: MessageView): boolean {
    return this.#children.has(message.id);
  }
}

/** What the store still calls streaming is not written by this window: it was cut off. */
function fromStore(message: Message): Message {
  return message.status === 'streaming' ? { ...message, status: 'interrupted' } : message;
}
