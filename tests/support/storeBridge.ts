// The contract over the real store in a temporary folder, for looking at the window with the fake engine: search, branches,
// imports and exports are those of the app. Only the models are the fake's.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type {
  AppErrorData,
  Bridge,
  EventName,
  Events,
  Message,
  Payload,
  Reply,
  RequestName,
  Result,
} from '../../main/ipc/contract.ts';
import { createDispatch, type Dispatch } from '../../main/ipc/handlers.ts';
import { openServices, type Services } from '../../main/services.ts';
import { fakeModel } from './fakeBridge.ts';

export interface SeededConversation {
  title: string;
  /** Milliseconds before now. */
  ago: number;
  turns: (Pick<Message, 'role' | 'text'> & Partial<Pick<Message, 'status' | 'attachments'>>)[];
  pinned?: boolean;
  archived?: boolean;
  folder?: string;
  systemPrompt?: string;
}

export class StoreBridge implements Bridge {
  readonly calls: { name: RequestName; payload: unknown }[] = [];
  readonly refuse = new Map<RequestName, AppErrorData>();
  models = [fakeModel];
  readonly #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'conclave-window-'));
  readonly #services: Services;
  readonly #dispatch: Dispatch;

  constructor() {
    const modelsFolder = path.join(this.#folder, 'models');
    fs.mkdirSync(modelsFolder);
    this.#services = openServices({
      version: '0.1.0',
      shell: 'web',
      dataFolder: path.join(this.#folder, 'data'),
      modelsFolder,
      weightsAddress: (modelId, fileName) => `/weights/${modelId}/${fileName}`,
      log: () => undefined,
    });
    this.#dispatch = createDispatch(this.#services);
  }

  async request<Name extends RequestName>(name: Name, payload: Payload<Name>): Promise<Reply<Result<Name>>> {
    this.calls.push({ name, payload });
    const error = this.refuse.get(name);
    if (error) return { ok: false, error };
    if (name === 'models:list') return { ok: true, value: this.models };
    return (await this.#dispatch(name, payload)) as Reply<Result<Name>>;
  }

  on<Name extends EventName>(name: Name, listener: (event: Events[Name]) => void): () => void {
    return this.#services.events.listen((sent: EventName, event) => sent === name && listener(event as never));
  }

  /** @throws where main refuses */
  async ask<Name extends RequestName>(name: Name, payload: Payload<Name>): Promise<Result<Name>> {
    const reply = await this.request(name, payload);
    if (!reply.ok) throw new Error(`${name}: ${reply.error.message} ${reply.error.detail ?? ''}`);
    return reply.value;
  }

  /** Stores conversations as if they had been held at those times. */
  async seed(conversations: SeededConversation[]): Promise<void> {
    const now = Date.now();
    const bytes = Buffer.from(
      JSON.stringify({
        format: 'conclave-conversations',
        version: 2,
        exportedAt: now,
        conversations: conversations.map((conversation) => fileConversation(conversation, now)),
      }),
    );
    const { id } = await this.ask('imports:begin', { byteLength: bytes.length });
    for (let start = 0; start < bytes.length; start += 1 << 20)
      await this.ask('imports:chunk', { id, base64: bytes.subarray(start, start + (1 << 20)).toString('base64') });
    await this.ask('imports:finish', { id });
  }

  close(): void {
    this.#services.store.close();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

function fileConversation({ title, ago, turns, ...more }: SeededConversation, now: number) {
  const { pinned = false, archived = false, folder = null, systemPrompt = '' } = more;
  const time = now - ago;
  return {
    title,
    titleSource: 'user',
    createdAt: time,
    updatedAt: time,
    modelId: fakeModel.id,
    sampling: {},
    systemPrompt,
    pinned,
    archived,
    folder,
    leafId: turns.length > 0 ? String(turns.length - 1) : null,
    messages: turns.map(({ role, text, status = 'complete', attachments = [] }, index) => ({
      id: String(index),
      parentId: index === 0 ? null : String(index - 1),
      role,
      text,
      attachments,
      status,
      createdAt: time,
      modelId: role === 'assistant' ? fakeModel.id : null,
      editedFrom: null,
      importedFrom: null,
      generation: null,
      earlierParts: [],
    })),
  };
}
