// The model that answers in the chat that is shown: which one, how far it is loaded, what it runs on. Loads on demand, one
// at a time.
import type {
  BackendInfo,
  EngineErrorData,
  FullSampling as Sampling,
  ModelInfo,
  QuantizedType,
  ResidentOff,
} from '../../engine/protocol.ts';
import type { Id, InstalledModel } from '../../main/ipc/contract.ts';
import type { Api } from '../services/api.ts';
import { EngineFailure, type EngineClient, type LoadProgress } from '../services/engineClient.ts';
import { modelDefaults } from '../sampling/controls.ts';
import { text } from '../text/text.ts';
import { RateMeter } from './rateMeter.ts';
import type { SettingsState } from './settings.svelte.ts';

export type ModelStatus = 'idle' | 'loading' | 'ready' | 'failed';

/** Which model a conversation has chosen; null where it has none, or is not there yet. */
export interface ModelChoice {
  shownConversation(): Id | null;
  modelOf(conversationId: Id): string | null;
}

/** What a model is loaded with: another choice loads it again. */
interface Wanted {
  id: Id;
  contextLength: number | null;
  kv: 'f16' | 'q8';
  /** null: as they are stored. */
  weights: QuantizedType | null;
}

/** The model that is loaded, is being loaded or could not be. */
interface Current extends Wanted {
  status: Exclude<ModelStatus, 'idle'>;
}

export class ModelState {
  installed = $state.raw<readonly InstalledModel[]>([]);
  progress = $state.raw<(LoadProgress & { bytesPerSecond: number | null }) | null>(null);
  info = $state.raw<ModelInfo | null>(null);
  backend = $state.raw<BackendInfo | null>(null);
  error = $state.raw<EngineErrorData | null>(null);
  /** Loading was ended by the user, who has to ask for it again. */
  cancelled = $state(false);

  /** Ends what else the engine does for the app itself, such as naming a chat; it loads nothing meanwhile. */
  makeWay: () => Promise<void> = () => Promise.resolve();

  readonly #api: Api;
  readonly #engine: EngineClient;
  readonly #settings: SettingsState;
  readonly #choice: ModelChoice;
  #current = $state.raw<Current | null>(null);
  #loading: (Wanted & { stop: AbortController; done: Promise<void> }) | null = null;

  readonly selected: InstalledModel | null = $derived.by(() => this.of(this.#choice.shownConversation()));
  /** Of the selected model. */
  readonly status: ModelStatus = $derived.by(() => {
    const current = this.#current;
    return current && current.id === this.selected?.id ? current.status : 'idle';
  });

  constructor(api: Api, engine: EngineClient, settings: SettingsState, choice: ModelChoice) {
    this.#api = api;
    this.#engine = engine;
    this.#settings = settings;
    this.#choice = choice;
    engine.onLost = () => this.#lost();
    engine.onTuned = (tuned, residentOff) => this.#tuned(tuned, residentOff);
  }

  get loadedId(): Id | null {
    return this.#current?.status === 'ready' ? this.#current.id : null;
  }

  async refresh(): Promise<void> {
    this.installed = await this.#api.call('models:list', null);
  }

  /** A conversation's own model, else the one for new chats, else any that is there. */
  of(conversationId: Id | null): InstalledModel | null {
    const find = (wanted: string | null) => this.installed.find(({ id }) => id === wanted);
    const own = conversationId === null ? null : this.#choice.modelOf(conversationId);
    return find(own) ?? find(this.#settings.value.modelId) ?? this.installed[0] ?? null;
  }

  /** Whether a conversation's model thinks before it answers: never, as it is told, or always. */
  thinkingOf(conversationId: Id | null): 'never' | 'optional' | 'always' {
    const model = this.of(conversationId);
    if (model?.thinking) return model.thinking;
    return model && model.id === this.loadedId && this.info?.canThink ? 'optional' : 'never';
  }

  /** What a conversation's model recommends; cards name other values for answers that begin with thoughts. */
  defaultsOf(conversationId: Id | null, thinks: boolean): Sampling {
    const model = this.of(conversationId);
    return modelDefaults((thinks && model?.thinkingSampling) || (model?.recommendedSampling ?? {}));
  }

  /** Resolves when the model is ready. @throws EngineFailure with the engine's code. */
  ensureLoaded(model: InstalledModel | null = this.selected): Promise<void> {
    if (!model) return Promise.reject(new EngineFailure({ code: 'no-model', message: text.errors.noModel }));
    const { id } = model;
    const { kv = 'f16' } = this.#settings.value;
    const wanted: Wanted = {
      ...{ id, kv },
      contextLength: this.#settings.contextOf(id),
      weights: this.#settings.weightsOf(id),
    };
    const isSame = (other: Wanted | null) =>
      other?.id === id &&
      other.contextLength === wanted.contextLength &&
      other.kv === kv &&
      other.weights === wanted.weights;
    if (this.#loading) {
      if (isSame(this.#loading) && !this.#loading.stop.signal.aborted) return this.#loading.done;
    } else if (this.loadedId === id && isSame(this.#current)) {
      return Promise.resolve();
    }
    const stop = new AbortController();
    const done = this.#load(model, wanted, stop.signal, this.#loading?.done);
    const loading = { ...wanted, stop, done };
    this.#loading = loading;
    const clear = () => {
      if (this.#loading === loading) this.#loading = null;
    };
    done.then(clear, clear);
    return done;
  }

  cancelLoading(): void {
    this.#loading?.stop.abort();
  }

  /** Frees the memory of the GPU. */
  async unload(): Promise<void> {
    this.cancelLoading();
    await this.#loading?.done.catch(() => undefined);
    await this.makeWay();
    this.#current = null;
    await this.#engine.unload();
  }

  async #load(
    { id, files, byteLength }: InstalledModel,
    wanted: Wanted,
    signal: AbortSignal,
    before: Promise<void> | undefined,
  ): Promise<void> {
    await before?.catch(() => undefined);
    this.#current = { ...wanted, status: 'loading' };
    this.error = null;
    this.cancelled = false;
    this.progress = { stage: 'header', loadedBytes: 0, totalBytes: byteLength, bytesPerSecond: null };
    const meter = new RateMeter();
    try {
      await this.makeWay();
      const { tuning = 'cached', resident = 'auto' } = this.#settings.value;
      const { text: tuned } = await this.#api.call('tuning:get', null).catch(() => ({ text: '' }));
      const { contextLength, kv, weights } = wanted;
      // The usual is left to the engine: without a hardware GPU it is f32.
      const options = {
        tuning,
        tuned,
        resident,
        ...(contextLength !== null && { contextLength }),
        ...(kv === 'q8' && { kv }),
        ...(weights !== null && { quantize: weights }),
      };
      const loaded = await this.#engine.load(
        { id, files },
        options,
        (progress) => {
          meter.add(progress.loadedBytes, performance.now());
          this.progress = { ...progress, bytesPerSecond: meter.bytesPerSecond };
        },
        signal,
      );
      this.info = loaded.model;
      this.backend = loaded.backend;
      this.#current = { ...wanted, status: 'ready' };
      if (loaded.tuned !== undefined) {
        await this.#keepTuning(loaded.tuned);
        if (tuning === 'retune') await this.#settings.set({ tuning: 'cached' });
      }
    } catch (error) {
      const failure = error instanceof EngineFailure ? error : null;
      this.cancelled = failure?.code === 'aborted';
      this.error = { code: failure?.code ?? 'internal', message: failure?.message ?? text.errors.unexpected };
      this.#current = this.cancelled ? null : { ...wanted, status: 'failed' };
      throw error;
    } finally {
      this.progress = null;
    }
  }

  #tuned(tuned: string, residentOff: ResidentOff | null): void {
    if (this.backend) this.backend = { ...this.backend, residentOff };
    void this.#keepTuning(tuned);
  }

  /** What is not stored is measured again some time: no reason to say anything. */
  async #keepTuning(tuned: string): Promise<void> {
    await this.#api.call('tuning:set', { text: tuned }).catch(() => undefined);
  }

  #lost(): void {
    if (this.#current?.status === 'ready') this.#current = null;
  }
}
