// The model that answers: which one, how far it is loaded, what it runs on. Loads on demand, once at a time.
import type { BackendInfo, EngineErrorData, ModelInfo } from '../../engine/protocol.ts';
import type { Id, InstalledModel } from '../../main/ipc/contract.ts';
import type { Api } from '../services/api.ts';
import { EngineFailure, type EngineClient, type LoadProgress } from '../services/engineClient.ts';
import { modelDefaults } from '../sampling/controls.ts';
import { text } from '../text/english.ts';
import type { SettingsState } from './settings.svelte.ts';

export type ModelStatus = 'idle' | 'loading' | 'ready' | 'failed';

export class ModelState {
  installed = $state.raw<readonly InstalledModel[]>([]);
  status = $state<ModelStatus>('idle');
  progress = $state.raw<LoadProgress | null>(null);
  info = $state.raw<ModelInfo | null>(null);
  backend = $state.raw<BackendInfo | null>(null);
  error = $state.raw<EngineErrorData | null>(null);

  readonly #api: Api;
  readonly #engine: EngineClient;
  readonly #settings: SettingsState;
  #loading: { id: Id; done: Promise<void> } | null = null;
  #loadedId: Id | null = null;

  readonly selected: InstalledModel | null = $derived.by(() => this.#select());
  /** What a new chat starts from. */
  readonly defaults = $derived.by(() => modelDefaults(this.selected?.recommendedSampling ?? {}));

  constructor(api: Api, engine: EngineClient, settings: SettingsState) {
    this.#api = api;
    this.#engine = engine;
    this.#settings = settings;
    engine.onLost = () => this.#lost();
  }

  async refresh(): Promise<void> {
    this.installed = await this.#api.call('models:list', null);
  }

  #select(): InstalledModel | null {
    const wanted = this.#settings.value.modelId;
    return this.installed.find(({ id }) => id === wanted) ?? this.installed[0] ?? null;
  }

  /** Resolves when the selected model is ready. @throws EngineFailure with the engine's code. */
  ensureLoaded(): Promise<void> {
    const model = this.selected;
    if (!model) return Promise.reject(new EngineFailure({ code: 'no-model', message: text.errors.noModel }));
    if (this.#loadedId === model.id) return Promise.resolve();
    if (this.#loading?.id === model.id) return this.#loading.done;
    const loading = { id: model.id, done: this.#load(model, this.#loading?.done) };
    this.#loading = loading;
    const clear = () => {
      if (this.#loading === loading) this.#loading = null;
    };
    loading.done.then(clear, clear);
    return loading.done;
  }

  async #load(model: InstalledModel, before: Promise<void> | undefined): Promise<void> {
    await before?.catch(() => undefined);
    this.status = 'loading';
    this.error = null;
    this.progress = { stage: 'header', loadedBytes: 0, totalBytes: model.byteLength };
    const { contextLength } = this.#settings.value;
    try {
      const loaded = await this.#engine.load(
        { id: model.id, files: model.files },
        contextLength === null ? {} : { contextLength },
        (progress) => (this.progress = progress),
      );
      this.info = loaded.model;
      this.backend = loaded.backend;
      this.#loadedId = model.id;
      this.status = 'ready';
    } catch (error) {
      const failure = error instanceof EngineFailure ? error : null;
      this.error = { code: failure?.code ?? 'internal', message: failure?.message ?? text.errors.unexpected };
      this.#loadedId = null;
      this.status = 'failed';
      throw error;
    } finally {
      this.progress = null;
    }
  }

  #lost(): void {
    this.#loadedId = null;
    if (this.status === 'ready') this.status = 'idle';
  }
}
