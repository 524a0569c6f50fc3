// What a host's messages (protocol.ts) ask of the engine, in calls, and what those yield, in messages. Between requests the engine reads
// ahead, where it is told to, and puts resident layers to the proof: whatever else would use the model stops that first.
import type { Engine, EngineHost } from '../engine.ts';
import { EngineError, toErrorData } from '../errors.ts';
import type { ModelFiles } from '../format/source.ts';
import type { FromWorker, LoadOptions, ModelLocation, ToWorker } from '../protocol.ts';
import { Background } from './background.ts';

/** Milliseconds without a request, after a load and after any other, before resident layers are put to the proof. */
const quietAfterLoadMs = 1500;
const quietMs = 5000;

type Asked = Exclude<ToWorker, { kind: 'abort' }>;
type LoadedMessage = Extract<FromWorker, { kind: 'loaded' }>;
type Of<Kind extends ToWorker['kind']> = Extract<ToWorker, { kind: Kind }>;

export type RequestedEngine = Pick<
  Engine,
  'load' | 'answer' | 'nextTokenDistribution' | 'readAhead' | 'count' | 'unload' | 'stats' | 'proveResident'
>;

export interface RequestsHost {
  openEngine(host: Pick<EngineHost, 'onTuned'>): RequestedEngine;
  filesOf(model: ModelLocation, options: LoadOptions): ModelFiles;
  send(message: FromWorker): void;
}

export class Requests {
  readonly #engine: RequestedEngine;
  readonly #host: RequestsHost;
  readonly #background = new Background();
  /** Those that can be aborted, by id. */
  readonly #running = new Map<number, AbortController>();
  #loaded: { key: string; answer: LoadedMessage } | null = null;

  constructor(host: RequestsHost) {
    const onTuned: EngineHost['onTuned'] = (tuned, residentOff) =>
      host.send({ kind: 'tuned', id: this.#loaded?.answer.id ?? 0, tuned, residentOff });
    this.#host = host;
    this.#engine = host.openEngine({ onTuned });
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
        await this.#abortable(id, (signal) => this.#load(message, signal));
        return this.#proveAfter(quietAfterLoadMs);
      case 'generate':
        return this.#abortable(id, (signal) => this.#generate(message, signal));
      case 'count':
        return this.#host.send({ kind: 'count', id, ...this.#engine.count(message.of) });
      case 'distribution':
        return this.#abortable(id, (signal) => this.#distribution(message, signal));
      case 'readAhead':
        return this.#readAhead(message);
      case 'unload':
        await this.#background.yieldTo(() => this.#engine.unload());
        this.#loaded = null;
        return this.#host.send({ kind: 'unloaded', id });
      case 'stats':
        return this.#host.send({ kind: 'stats', id, stats: this.#engine.stats() });
    }
  }

  /** It can be aborted from the start, also while what gives way to it comes to its end. */
  async #abortable(id: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      await this.#background.yieldTo(() => work(controller.signal));
    } finally {
      this.#running.delete(id);
      this.#proveAfter(quietMs);
    }
  }

  /** Where the load has left them unmeasured; else there is nothing to do. */
  #proveAfter(quiet: number): void {
    if (this.#loaded) this.#background.startAfter(quiet, (signal) => this.#engine.proveResident(signal));
  }

  async #load({ id, model, options }: Of<'load'>, signal: AbortSignal): Promise<void> {
    // What tuning has found changes with every load that tunes; the model loaded stays the one.
    const key = JSON.stringify([model, { ...options, tuned: undefined }]);
    const before = this.#loaded?.key === key && this.#engine.stats().model ? this.#loaded.answer : null;
    this.#loaded = null;
    const { tuned, ...answer } = before ?? (await this.#loadAnew({ id, model, options }, signal));
    this.#loaded = { key, answer };
    this.#host.send({ ...answer, id, ...(tuned !== undefined && { tuned }) });
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
    const { kind: _kind, id, continueLast, ...request } = withPrompt(message);
    const prompt = { ...request.prompt, ...(continueLast && { continueLast }) };
    const events = this.#engine.answer({ ...request, prompt }, signal);
    for (;;) {
      const { done, value } = await events.next();
      if (done) return this.#host.send({ kind: 'done', id, ...value });
      this.#host.send({ ...value, id });
    }
  }

  async #distribution(message: Of<'distribution'>, signal: AbortSignal): Promise<void> {
    const { kind, id, ...request } = withPrompt(message);
    const distribution = await this.#engine.nextTokenDistribution(request, signal);
    this.#host.send({ kind, id, distribution });
  }

  async #readAhead(message: Of<'readAhead'>): Promise<void> {
    const { kind, id, ...request } = withPrompt(message);
    try {
      const outcome = await this.#background.start((signal) => this.#engine.readAhead(request, signal));
      this.#host.send({ kind, id, ...outcome });
    } finally {
      this.#proveAfter(quietMs);
    }
  }
}

/** A request as the engine takes it: its conversation as a prompt. */
function withPrompt<Message extends Of<'generate' | 'distribution' | 'readAhead'>>(message: Message) {
  const { messages, thinking, ...request } = message;
  return { ...request, prompt: { messages, ...(thinking !== undefined && { thinking }) } };
}
