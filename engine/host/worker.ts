// The engine as a dedicated worker: turns messages of protocol.ts into calls, and what they yield into messages.
import { EngineError, toErrorData } from '../errors.ts';
import { Engine } from '../engine.ts';
import type { FromWorker, ToWorker } from '../protocol.ts';
import { fetchFiles } from './fetchSource.ts';
import { pageReaders } from './pageReaders.ts';

const engine = new Engine({
  gpu: (navigator as Navigator & { gpu?: GPU }).gpu ?? null,
  onGaveUp: (tuned) => send({ kind: 'gaveUp', id: loadedModel.answer?.id ?? 0, tuned }),
});
/** Requests that can be aborted, by id. */
const running = new Map<number, AbortController>();
let loadedModel = { key: '', answer: null as Extract<FromWorker, { kind: 'loaded' }> | null };

const send = (message: FromWorker) => self.postMessage(message);

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'abort') running.get(data.target)?.abort();
  else void handle(data).catch((error: unknown) => send({ kind: 'error', id: data.id, error: toErrorData(error) }));
};

async function handle(message: Exclude<ToWorker, { kind: 'abort' }>): Promise<void> {
  switch (message.kind) {
    case 'load':
      return abortable(message.id, (signal) => load(message, signal));
    case 'generate':
      return abortable(message.id, (signal) => generate(message, signal));
    case 'count':
      return send({ kind: 'count', id: message.id, ...engine.count(message.of) });
    case 'distribution':
      return abortable(message.id, (signal) => distribution(message, signal));
    case 'unload':
      engine.unload();
      loadedModel = { key: '', answer: null };
      return send({ kind: 'unloaded', id: message.id });
    case 'stats':
      return send({ kind: 'stats', id: message.id, stats: engine.stats() });
  }
}

async function abortable(id: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    await work(controller.signal);
  } finally {
    running.delete(id);
  }
}

async function load({ id, model, options }: Extract<ToWorker, { kind: 'load' }>, signal: AbortSignal): Promise<void> {
  // What tuning has found changes with every load that tunes; the model loaded stays the one.
  const key = JSON.stringify([model, { ...options, tuned: undefined }]);
  if (loadedModel.answer && loadedModel.key === key && engine.stats().model) return send({ ...loadedModel.answer, id });
  loadedModel = { key: '', answer: null };
  if (model.files.length === 0) throw new EngineError('source-failed', 'The model has no files.');
  let last = 0;
  const loaded = await engine.load(
    fetchFiles(model, pageReaders(options.readers)),
    options,
    (progress) => {
      // Often enough for a smooth bar, seldom enough not to flood the window.
      const now = performance.now();
      if (now - last < 50 && progress.stage === 'weights') return;
      last = now;
      send({ kind: 'progress', id, ...progress });
    },
    signal,
  );
  const answer = { kind: 'loaded', id, ...loaded } as const;
  loadedModel = { key, answer };
  send(answer);
}

async function generate(message: Extract<ToWorker, { kind: 'generate' }>, signal: AbortSignal): Promise<void> {
  const { kind: _kind, id, messages, thinking, continueLast, ...request } = message;
  const prompt = { messages, ...(thinking !== undefined && { thinking }), ...(continueLast && { continueLast }) };
  const events = engine.answer({ prompt, ...request }, signal);
  for (;;) {
    const { done, value } = await events.next();
    if (done) return send({ kind: 'done', id, ...value });
    send({ ...value, id });
  }
}

async function distribution(message: Extract<ToWorker, { kind: 'distribution' }>, signal: AbortSignal): Promise<void> {
  const { kind, id, messages, thinking, ...request } = message;
  const prompt = { messages, ...(thinking !== undefined && { thinking }) };
  send({ kind, id, distribution: await engine.nextTokenDistribution({ prompt, ...request }, signal) });
}
