// The app's settings: held here, stored by main. A failed write keeps the choice until the window closes and says so.
import type { QuantizedType } from '../../engine/protocol.ts';
import type { Settings } from '../../main/ipc/contract.ts';
import type { Api } from '../services/api.ts';
import { text } from '../text/text.ts';
import { sentenceOf, type Notices } from './notices.svelte.ts';

const initial: Settings = {
  theme: 'system',
  modelId: '',
  samplingPanelOpen: false,
  sidebarOpen: true,
  contextLength: null,
};

export class SettingsState {
  value = $state.raw<Settings>(initial);
  readonly #api: Api;
  readonly #notices: Notices;

  constructor(api: Api, notices: Notices) {
    this.#api = api;
    this.#notices = notices;
  }

  async load(): Promise<void> {
    this.value = await this.#api.call('settings:get', null);
  }

  /** Tokens of context for a model: its own, else those for all; null: the engine's usual. */
  contextOf(modelId: string | null): number | null {
    const own = modelId === null ? undefined : this.value.modelContexts?.[modelId];
    return own ?? this.value.contextLength;
  }

  /** null: as all models. */
  setContextOf(modelId: string, tokens: number | null): Promise<void> {
    const { [modelId]: _, ...others } = this.value.modelContexts ?? {};
    return this.set({ modelContexts: tokens === null ? others : { ...others, [modelId]: tokens } });
  }

  /** What a model's weights of floats become while they load; null: they stay as they are stored. */
  weightsOf(modelId: string | null): QuantizedType | null {
    return (modelId === null ? undefined : this.value.modelWeights?.[modelId]) ?? null;
  }

  setWeightsOf(modelId: string, weights: QuantizedType | null): Promise<void> {
    const { [modelId]: _, ...others } = this.value.modelWeights ?? {};
    return this.set({ modelWeights: weights === null ? others : { ...others, [modelId]: weights } });
  }

  async set(change: Partial<Settings>): Promise<void> {
    this.value = { ...this.value, ...change };
    try {
      await this.#api.call('settings:set', change);
      this.#notices.resolve('settings');
    } catch (error) {
      this.#notices.warn('settings', text.errors.settingNotSaved(sentenceOf(error)));
    }
  }
}
