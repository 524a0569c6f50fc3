// The files that go with the next message of the chat that is shown: read one after the other, counted by the model that
// is loaded, kept with the draft. What cannot be taken is said in a sentence.
import type { Attachment, Id } from '../../main/ipc/contract.ts';
import type { EngineClient } from '../services/engineClient.ts';
import { FileRefusal, type FileProblem } from '../services/fileRefusal.ts';
import { readFileText } from '../services/fileText.ts';
import { text } from '../text/text.ts';
import type { Drafts } from './drafts.svelte.ts';
import { messageContent } from './messageContent.ts';
import type { ModelState } from './model.svelte.ts';
import type { Notices } from './notices.svelte.ts';

export const mostFiles = 10;

interface Reading {
  conversationId: Id | null;
  name: string;
}

export interface AttachmentServices {
  drafts: Drafts;
  engine: EngineClient;
  model: ModelState;
  notices: Notices;
  shownConversation: () => Id | null;
}

export class Attachments {
  /** Files whose text is not there yet. */
  #reading = $state.raw<readonly Reading[]>([]);
  #queue: Promise<void> = Promise.resolve();
  #counting = false;
  readonly #services: AttachmentServices;

  constructor(services: AttachmentServices) {
    this.#services = services;
  }

  /** Of the chat that is shown. */
  get all(): readonly Attachment[] {
    return this.#of(this.#services.shownConversation());
  }

  /** Tokens of those that are counted. */
  get tokens(): number {
    return this.all.reduce((sum, { tokens }) => sum + (tokens ?? 0), 0);
  }

  /** Names of the files that are being read for the chat that is shown. */
  get reading(): readonly string[] {
    const shown = this.#services.shownConversation();
    return this.#reading.filter(({ conversationId }) => conversationId === shown).map(({ name }) => name);
  }

  /** Adds files to the draft of the chat that is shown, in their order. Never throws. */
  async add(files: readonly File[]): Promise<void> {
    const conversationId = this.#services.shownConversation();
    const { notices } = this.#services;
    const room = mostFiles - this.all.length - this.reading.length;
    const refused: string[] = files.length > room ? [text.attachments.tooMany(mostFiles)] : [];
    notices.resolve('attach');
    const entries = files.slice(0, Math.max(0, room)).map((file) => ({ file, conversationId, name: file.name }));
    this.#reading = [...this.#reading, ...entries];
    this.#queue = this.#queue.then(async () => {
      for (const entry of entries) {
        const problem = await this.#read(entry.file, conversationId);
        if (problem) refused.push(text.attachments.refused[problem](entry.name));
        this.#reading = this.#reading.filter((other) => other !== entry);
      }
      if (refused.length > 0) notices.warn('attach', refused.join(' '));
    });
    await this.#queue;
    await this.count();
  }

  remove(attachment: Attachment): void {
    const conversationId = this.#services.shownConversation();
    this.#put(
      conversationId,
      this.#of(conversationId).filter((other) => other !== attachment),
    );
  }

  /** Counts what has no count yet, if the model of the chat is loaded. */
  async count(): Promise<void> {
    const { model, engine, shownConversation } = this.#services;
    if (this.#counting || model.status !== 'ready') return;
    this.#counting = true;
    const conversationId = shownConversation();
    const uncounted = () => this.#of(conversationId).find(({ tokens }) => tokens === null);
    try {
      for (let attachment = uncounted(); attachment; attachment = uncounted()) {
        const { tokens } = await engine.count({ text: messageContent({ text: '', attachments: [attachment] }) });
        const counted = this.#of(conversationId).map((one) => (one === attachment ? { ...one, tokens } : one));
        this.#put(conversationId, counted);
      }
    } catch {
      // No count is shown then; the engine says what is wrong when it is asked for an answer.
    } finally {
      this.#counting = false;
    }
  }

  async #read(file: File, conversationId: Id | null): Promise<FileProblem | null> {
    try {
      const read = await readFileText(file);
      this.#put(conversationId, [...this.#of(conversationId), { ...read, tokens: null }]);
      return null;
    } catch (error) {
      return error instanceof FileRefusal ? error.problem : 'unreadable';
    }
  }

  #of(conversationId: Id | null): readonly Attachment[] {
    return this.#services.drafts.get(conversationId)?.attachments ?? [];
  }

  #put(conversationId: Id | null, attachments: readonly Attachment[]): void {
    const draft = this.#services.drafts.get(conversationId) ?? { text: '' };
    this.#services.drafts.set(conversationId, { ...draft, attachments });
  }
}
