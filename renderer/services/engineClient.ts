// The engine's worker as promises and async iteration. Knows the protocol and nothing of chats; starts a new worker when
// the old one died.
import type {
  BackendInfo,
  Countable,
  EngineErrorCode,
  EngineErrorData,
  EngineStats,
  FromWorker,
  GenerateRequest,
  LoadOptions,
  ModelInfo,
  ModelLocation,
  NextTokenDistribution,
  ReadAheadRequest,
  ResidentOff,
  ToWorker,
} from '../../engine/protocol.ts';
import { text } from '../text/text.ts';

/** What the client needs of a Worker. */
export type WorkerLike = Pick<Worker, 'postMessage' | 'terminate' | 'onmessage' | 'onerror' | 'onmessageerror'>;

export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
  readonly code: EngineErrorCode;
  readonly detail: string | undefined;

  constructor(error: EngineErrorData) {
    super(error.message);
    this.code = error.code;
    this.detail = error.detail;
  }
}

export interface Loaded {
  model: ModelInfo;
  backend: BackendInfo;
  /** What tuning has found, to be stored and brought along with the next load; only where it found something. */
  tuned?: string;
}

export type LoadProgress = Omit<Extract<FromWorker, { kind: 'progress' }>, 'id' | 'kind'>;
export type LookRequest = Omit<Extract<ToWorker, { kind: 'distribution' }>, 'id' | 'kind'>;
export type GenerateEvent = Extract<FromWorker, { kind: 'started' | 'token' | 'done' }>;

type Receive = (message: FromWorker) => void;
type Unsent<Message> = Message extends { id: number } ? Omit<Message, 'id'> : never;

export class EngineClient {
  readonly #start: () => WorkerLike;
  readonly #pending = new Map<number, Receive>();
  #worker: WorkerLike | null = null;
  #nextId = 1;
  /** A look at the next token that is under way. */
  #look: { stop: AbortController; ended: Promise<unknown> } | null = null;
  /** Called when the worker died or the device was lost: what was loaded is gone. */
  onLost: (error: EngineErrorData) => void = () => {};

  /** Called with what tuning knows from now on, and whether layers are resident, when that has changed since the load. */
  onTuned: (tuned: string, residentOff: ResidentOff | null) => void = () => {};

  constructor(start: () => WorkerLike) {
    this.#start = start;
  }

  /** Aborting the signal ends it with `aborted`, soon. @throws EngineFailure with the engine's code. */
  async load(
    model: ModelLocation,
    options: LoadOptions,
    onProgress: (progress: LoadProgress) => void,
    signal?: AbortSignal,
  ): Promise<Loaded> {
    const pick = (message: FromWorker) => {
      if (message.kind === 'progress') onProgress(message);
      return message.kind === 'loaded' ? message : undefined;
    };
    if (this.#look) await this.#endLook();
    return this.#ask({ kind: 'load', model, options }, pick, signal);
  }

  async unload(): Promise<void> {
    if (this.#look) await this.#endLook();
    await this.#ask({ kind: 'unload' }, (message) => (message.kind === 'unloaded' ? true : undefined));
  }

  /** Tokens of a conversation or a text. @throws EngineFailure with the engine's code. */
  count(of: Countable): Promise<{ tokens: number; contextLength: number }> {
    return this.#ask({ kind: 'count', of }, (message) => (message.kind === 'count' ? message : undefined));
  }

  /**
   * The likeliest next tokens after each step of the sampler's chain. Gives way to any load and any answer that is asked
   * for meanwhile, and to another look: it then fails as `aborted`.
   * @throws EngineFailure with the engine's code; `busy` during an answer
   */
  async look(request: LookRequest): Promise<NextTokenDistribution> {
    if (this.#look) await this.#endLook();
    const stop = new AbortController();
    const pick = (message: FromWorker) => (message.kind === 'distribution' ? message.distribution : undefined);
    const asked = this.#ask({ kind: 'distribution', ...request }, pick, stop.signal);
    const look = { stop, ended: asked.catch(() => undefined) };
    this.#look = look;
    void look.ended.then(() => {
      if (this.#look === look) this.#look = null;
    });
    return asked;
  }

  /**
   * Has a conversation read before its answer is asked for. It gives way to everything else, and whatever goes wrong over it, the answer
   * tells.
   */
  async readAhead(request: ReadAheadRequest): Promise<void> {
    const pick = (message: FromWorker) => (message.kind === 'readAhead' ? true : undefined);
    await this.#ask({ kind: 'readAhead', ...request }, pick).catch(() => undefined);
  }

  stats(): Promise<EngineStats> {
    return this.#ask({ kind: 'stats' }, (message) => (message.kind === 'stats' ? message.stats : undefined));
  }

  /**
   * Streams `started`, one `token` each, and `done`. Aborting the signal asks the engine to stop; the stream then still
   * ends with `done` and reason `aborted`.
   * @throws EngineFailure with the engine's code.
   */
  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<GenerateEvent, void, void> {
    if (this.#look) await this.#endLook();
    const arrived: FromWorker[] = [];
    let wake: () => void = () => {};
    const id = this.#post({ kind: 'generate', ...request }, (message) => {
      arrived.push(message);
      wake();
    });
    const abort = () => this.#post({ kind: 'abort', target: id }, () => {});
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      while (true) {
        if (arrived.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        for (const message of arrived.splice(0)) {
          if (message.kind === 'error') throw new EngineFailure(message.error);
          if (message.kind !== 'started' && message.kind !== 'token' && message.kind !== 'done') continue;
          yield message;
          if (message.kind === 'done') return;
        }
      }
    } finally {
      signal.removeEventListener('abort', abort);
      this.#pending.delete(id);
    }
  }

  async #endLook(): Promise<void> {
    this.#look?.stop.abort();
    await this.#look?.ended;
  }

  /** Posts a request and resolves with the first value that `pick` finds in its answers. */
  #ask<Value>(
    request: Unsent<ToWorker>,
    pick: (message: FromWorker) => Value | undefined,
    signal?: AbortSignal,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      const abort = () => this.#post({ kind: 'abort', target: id }, () => {});
      const id = this.#post(request, (message) => {
        const value = message.kind === 'error' ? undefined : pick(message);
        if (message.kind !== 'error' && value === undefined) return;
        this.#pending.delete(id);
        signal?.removeEventListener('abort', abort);
        if (message.kind === 'error') reject(new EngineFailure(message.error));
        else resolve(value as Value);
      });
      if (signal?.aborted) abort();
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  #post(request: Unsent<ToWorker>, receive: Receive): number {
    const id = this.#nextId++;
    if (request.kind !== 'abort') this.#pending.set(id, receive);
    this.#running().postMessage({ ...request, id });
    return id;
  }

  #running(): WorkerLike {
    if (this.#worker) return this.#worker;
    const worker = this.#start();
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind === 'error' && data.error.code === 'device-lost') this.onLost(data.error);
      if (data.kind === 'tuned') this.onTuned(data.tuned, data.residentOff);
      this.#pending.get(data.id)?.(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#died(worker, event.message);
    };
    worker.onmessageerror = () => this.#died(worker, 'a message could not be read');
    this.#worker = worker;
    return worker;
  }

  #died(worker: WorkerLike, detail: string): void {
    if (this.#worker !== worker) return;
    worker.terminate();
    this.#worker = null;
    const error: EngineErrorData = { code: 'internal', message: text.errors.engineDied, detail };
    const waiting = [...this.#pending];
    this.#pending.clear();
    this.onLost(error);
    for (const [id, receive] of waiting) receive({ kind: 'error', id, error });
  }
}
