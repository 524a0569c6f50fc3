// What a host's messages (protocol.ts) ask of the engine, in calls, and what those yield, in messages. Between requests, after a load,
// the engine puts resident layers to the proof: whatever would use the model stops that first.
import type { Engine, EngineHost } from '../engine.ts';
import { EngineError, toErrorData } from '../errors.ts';
import type { ModelFiles } from '../format/source.ts';
import type { FromWorker, LoadOptions, ModelLocation, ToWorker } from '../protocol.ts';
import { WhenIdle } from './whenIdle.ts';

/** Milliseconds without a request after a load. */
const quietMs = 1500;

type Asked = Exclude<ToWorker, { kind: 'abort' }>;
type LoadedMessage = Extract<FromWorker, { kind: 'loaded' }>;
type Of<Kind extends ToWorker['kind']> = Extract<ToWorker, { kind: Kind }>;

export type RequestedEngine = Pick<
  Engine,
  'load' | 'answer' | 'nextTokenDistribution' | 'count' | 'unload' | 'stats' | 'proveResident'
>;

export interface RequestsHost {
  openEngine(host: Pick<EngineHost, 'onTuned'>): RequestedEngine;
  filesOf(model: ModelLocation, options: LoadOptions): ModelFiles;
  send(message: FromWorker): void;
}

export class Requests {
  readonly #engine: RequestedEngine;
  readonly #host: RequestsHost;
  readonly #proof: WhenIdle;
  /** Those that can be aborted, by id. */
  readonly #running = new Map<number, AbortController>();
  #loaded: { key: string; answer: LoadedMessage } | null = null;

  constructor(host: RequestsHost) {
    const onTuned: EngineHost['onTuned'] = (tuned, residentOff) =>
      host.send({ kind: 'tuned', id: this.#loaded?.answer.id ?? 0, tuned, residentOff });
    this.#host = host;
    this.#engine = host.openEngine({ onTuned });
    this.#proof = new WhenIdle((signal) => this.#engine.proveResident(signal), quietMs);
  }

  receive(message: ToWorker): void {
    if (message.kind === 'abort') return this.#running.get(message.target)?.abort();
    const { id } = message;
    this.#handle(message).catch((error: unknown) => this.#host.send({ kind: 'error', id, error: toErrorData(error) }));
  }

  async #handle(message: Asked): Promise<void> {
    const { id } = message;
    switch (message.kind) {
      case 'load':
        return this.#abortable(id, (signal) => this.#load(message, signal));
      case 'generate':
        return this.#abortable(id, (signal) => this.#generate(message, signal));
      case 'count':
        return this.#host.send({ kind: 'count', id, ...this.#engine.count(message.of) });
      case 'distribution':
        return this.#abortable(id, (signal) => this.#distribution(message, signal));
      case 'unload':
        await this.#proof.stop();
        this.#engine.unload();
        this.#loaded = null;
        return this.#host.send({ kind: 'unloaded', id });
      case 'stats':
        return this.#host.send({ kind: 'stats', id, stats: this.#engine.stats() });
    }
  }

  /** It can be aborted from the start, also while the proof comes to its end. */
  async #abortable(id: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      await this.#proof.stop();
      await work(controller.signal);
    } finally {
      this.#running.delete(id);
    }
  }

  async #load({ id, model, options }: Of<'load'>, signal: AbortSignal): Promise<void> {
    // What tuning has found changes with every load that tunes; the model loaded stays the one.
    const key = JSON.stringify([model, { ...options, tuned: undefined }]);
    const before = this.#loaded?.key === key && this.#engine.stats().model ? this.#loaded.answer : null;
    this.#loaded = null;
    const { tuned, ...answer } = before ?? (await this.#loadAnew({ id, model, options }, signal));
    this.#loaded = { key, answer };
    this.#host.send({ ...answer, id, ...(tuned !== undefined && { tuned }) });
    this.#proof.schedule();
  }

  async #loadAnew({ id, model, options }: Omit<Of<'load'>, 'kind'>, signal: AbortSignal): Promise<LoadedMessage> {
    if (model.files.length === 0) throw new EngineError('source-failed', 'The model has no files.');
    let last = 0;
    const loaded = await this.#engine.load(
      this.#host.filesOf(model, options),
      options,
      (progress) => {
        // Often enough for a smooth bar, seldom enough not to flood the window.
        const now = performance.now();
        if (now - last < 50 && progress.stage === 'weights') return;
        last = now;
        this.#host.send({ kind: 'progress', id, ...progress });
      },
      signal,
    );
    return { kind: 'loaded', id, ...loaded };
  }

  async #generate(message: Of<'generate'>, signal: AbortSignal): Promise<void> {
    const { kind: _kind, id, messages, thinking, continueLast, ...request } = message;
    const prompt = { messages, ...(thinking !== undefined && { thinking }), ...(continueLast && { continueLast }) };
    const events = this.#engine.answer({ prompt, ...request }, signal);
    for (;;) {
      const { done, value } = await events.next();
      if (done) return this.#host.send({ kind: 'done', id, ...value });
      this.#host.send({ ...value, id });
    }
  }

  async #distribution(message: Of<'distribution'>, signal: AbortSignal): Promise<void> {
    const { kind, id, messages, thinking, ...request } = message;
    const prompt = { messages, ...(thinking !== undefined && { thinking }) };
    const distribution = await this.#engine.nextTokenDistribution({ prompt, ...request }, signal);
    this.#host.send({ kind, id, distribution });
  }
}
