// Named presets: a system prompt, sampling values, thinking and, where wanted, a model. Applied to a chat, they are copied into it.
import type { Id, Preset } from '../../main/ipc/contract.ts';
import type { Api } from '../services/api.ts';
import { chooseFiles, saveText } from '../services/files.ts';
import { text } from '../text/text.ts';
import type { Chat } from './chat.svelte.ts';
import { mergeById } from './mergeById.ts';
import type { ModelState } from './model.svelte.ts';
import { sentenceOf, type Notices } from './notices.svelte.ts';

/** A preset's file is small; anything larger is something else. */
const largestFile = 16 * 1024 * 1024;

export interface PresetServices {
  api: Api;
  notices: Notices;
  chat: Chat;
  model: ModelState;
  useModel: (modelId: Id) => Promise<void>;
}

export class Presets {
  #all = $state.raw<readonly Preset[]>([]);
  readonly list = $derived(this.#all.toSorted((a, b) => a.name.localeCompare(b.name)));
  /** What went wrong last, for the dialog to say. */
  problem = $state<string | null>(null);
  readonly #services: PresetServices;

  constructor(services: PresetServices) {
    this.#services = services;
  }

  async load(): Promise<void> {
    await this.#try(async () => (this.#all = await this.#services.api.call('presets:list', null)));
  }

  /** Saves what the open chat is set to; a preset of that name is replaced. */
  async saveCurrent(name: string, withModel: boolean): Promise<boolean> {
    const { api, chat, model } = this.#services;
    const saved = await this.#try(() =>
      api.call('presets:save', {
        id: this.#all.find((preset) => preset.name === name.trim())?.id ?? null,
        name: name.trim(),
        systemPrompt: chat.systemPrompt.value,
        sampling: chat.sampling.changes,
        thinking: chat.thinking.value,
        modelId: withModel ? (model.selected?.id ?? null) : null,
      }),
    );
    if (saved) this.#all = mergeById(this.#all, [saved]);
    return saved !== null;
  }

  async apply(preset: Preset): Promise<void> {
    const { api, chat, model, useModel, notices } = this.#services;
    const { currentId } = chat;
    const done = await this.#try(async () => {
      if (currentId === null) chat.prepareNew(preset);
      else chat.take(await api.call('presets:apply', { id: preset.id, conversationId: currentId }));
      return true;
    });
    if (!done) return;
    const { modelId } = preset;
    const isThere = modelId === null || model.installed.some(({ id }) => id === modelId);
    if (modelId !== null && isThere) await useModel(modelId);
    notices.toast(isThere ? text.prompts.applied(preset.name) : text.prompts.missingModel(modelId));
  }

  async delete(preset: Preset): Promise<void> {
    const { api, notices } = this.#services;
    const done = await this.#try(async () => (await api.call('presets:delete', { id: preset.id }), true));
    if (!done) return;
    this.#all = this.#all.filter(({ id }) => id !== preset.id);
    const { id: _gone, ...again } = preset;
    notices.toast(text.prompts.deletedPreset(preset.name), {
      label: text.sidebar.undo,
      run: () =>
        void this.#try(() => api.call('presets:save', { id: null, ...again })).then((back) => {
          if (back) this.#all = mergeById(this.#all, [back]);
        }),
    });
  }

  async export(ids: Id[]): Promise<void> {
    await this.#try(async () => {
      const file = await this.#services.api.call('presets:export', { ids });
      saveText(file.name, file.mediaType, file.text);
      return true;
    });
  }

  async import(): Promise<void> {
    const [file] = await chooseFiles('.json,application/json');
    if (!file) return;
    const added = await this.#try(async () => {
      const words = file.size > largestFile ? '' : await file.text();
      return this.#services.api.call('presets:import', { text: words });
    });
    if (!added) return;
    this.#all = mergeById(this.#all, added);
    this.#services.notices.toast(text.prompts.importedPresets(added.length));
  }

  async #try<Value>(ask: () => Promise<Value>): Promise<Value | null> {
    try {
      const value = await ask();
      this.problem = null;
      return value;
    } catch (error) {
      this.problem = sentenceOf(error);
      return null;
    }
  }
}
