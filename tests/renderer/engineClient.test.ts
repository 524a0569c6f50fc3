// The worker as promises: progress, streams, aborting, errors with their code, and a worker that dies.
import { describe, expect, it, vi } from 'vitest';
import { neutralSampling, type FromWorker, type ToWorker } from '../../engine/protocol.ts';
import { EngineClient, type WorkerLike } from '../../renderer/services/engineClient.ts';
import { FakeEngine } from '../support/fakeEngine.ts';
import { fakeWorker } from '../support/fakeWorker.ts';

const model = { id: 'starter-v0', files: [] };
const request = (content: string) => ({
  messages: [{ role: 'user' as const, content }],
  sampling: neutralSampling,
  alternatives: 0,
});

async function collect(client: EngineClient, content: string, stop = new AbortController().signal) {
  const events: FromWorker['kind'][] = [];
  for await (const event of client.generate(request(content), stop)) events.push(event.kind);
  return events;
}

describe('EngineClient', () => {
  it('loads with progress', async () => {
    const client = new EngineClient(() => fakeWorker().worker);
    const seen: number[] = [];
    const loaded = await client.load(model, {}, ({ loadedBytes }) => seen.push(loadedBytes));
    expect(loaded.backend.name).toContain('NVIDIA');
    expect(seen.length).toBeGreaterThan(2);
    expect((await client.stats()).model?.name).toBe('Starter');
    await client.unload();
  });

  it('rejects with the code of the engine', async () => {
    const client = new EngineClient(() => fakeWorker().worker);
    await expect(client.load({ ...model, id: 'broken' }, {}, () => {})).rejects.toMatchObject({ code: 'truncated' });
    await expect(collect(client, '/long-prompt')).rejects.toMatchObject({ code: 'prompt-too-long' });
  });

  it('streams started, tokens, done', async () => {
    const events = await collect(new EngineClient(() => fakeWorker().worker), 'Hello');
    expect(events[0]).toBe('started');
    expect(events.at(-1)).toBe('done');
    expect(events.filter((kind) => kind === 'token').length).toBeGreaterThan(10);
  });

  it('stops when the signal does, also one that was aborted before', async () => {
    const { worker, engine } = fakeWorker(1);
    const client = new EngineClient(() => worker);
    const controller = new AbortController();
    let tokens = 0;
    let reason = '';
    for await (const event of client.generate(request('/slow'), controller.signal)) {
      if (event.kind === 'token' && ++tokens === 3) controller.abort();
      if (event.kind === 'done') reason = event.reason;
    }
    expect(reason).toBe('aborted');
    expect(tokens).toBeLessThan(6);
    expect(engine.received.map(({ kind }) => kind)).toContain('abort');
    expect(await collect(client, 'Hello', AbortSignal.abort())).not.toContain('token');
  });

  it('tells that the device was lost', async () => {
    const client = new EngineClient(() => fakeWorker().worker);
    client.onLost = vi.fn();
    await expect(collect(client, '/lost')).rejects.toMatchObject({ code: 'device-lost' });
    expect(client.onLost).toHaveBeenCalledOnce();
  });

  it('fails what was under way when the worker dies, and starts another', async () => {
    const workers: WorkerLike[] = [];
    const client = new EngineClient(() => {
      const { worker } = fakeWorker();
      workers.push(worker);
      return worker;
    });
    client.onLost = vi.fn();
    const stream = collect(client, '/slow');
    await Promise.resolve();
    workers[0].onerror?.call(
      workers[0] as Worker,
      { message: 'out of memory', preventDefault: () => {} } as ErrorEvent,
    );
    await expect(stream).rejects.toMatchObject({ code: 'internal', detail: 'out of memory' });
    expect(client.onLost).toHaveBeenCalledOnce();
    await client.load(model, {}, () => {});
    expect(workers).toHaveLength(2);
  });

  it('ignores answers to requests that it no longer waits for', async () => {
    const posted: ToWorker[] = [];
    const worker: WorkerLike = {
      postMessage: (message: ToWorker) => void posted.push(message),
      terminate: () => {},
      onmessage: null,
      onerror: null,
      onmessageerror: null,
    };
    const client = new EngineClient(() => worker);
    const unloading = client.unload();
    const answer = (data: FromWorker) => worker.onmessage?.call(worker as Worker, { data } as MessageEvent);
    answer({ kind: 'unloaded', id: 999 });
    answer({ kind: 'unloaded', id: posted[0].id });
    answer({ kind: 'unloaded', id: posted[0].id });
    await expect(unloading).resolves.toBeUndefined();
  });
});

it('has a conversation read ahead, and nobody is told what goes wrong over it', async () => {
  const { worker, engine } = fakeWorker();
  const client = new EngineClient(() => worker);
  const { messages } = request('Hello');
  await client.readAhead({ messages });
  expect(engine.received).toMatchObject([{ kind: 'readAhead', messages }]);
  const refuses: WorkerLike = {
    ...{ onmessage: null, onerror: null, onmessageerror: null, terminate: () => undefined },
    postMessage({ id }: ToWorker) {
      const error = { code: 'busy', message: 'The model is answering.' } as const;
      queueMicrotask(() => refuses.onmessage?.call(refuses as Worker, new MessageEvent('message', { data: { kind: 'error', id, error } }))); // prettier-ignore
    },
  };
  await expect(new EngineClient(() => refuses).readAhead({ messages })).resolves.toBeUndefined();
});

it('the fake engine answers with set texts', async () => {
  const posted: FromWorker[] = [];
  const engine = new FakeEngine((message) => posted.push(message), 0);
  await engine.receive({ kind: 'generate', id: 1, ...request('/think') });
  expect(posted.filter(({ kind }) => kind === 'token').length).toBeGreaterThan(20);
});

describe('a look at the next token', () => {
  const look = { messages: request('Hello').messages, sampling: neutralSampling, most: 4 };
  const nothing = { tokens: [], stages: [] };

  it('counts tokens and shows a distribution', async () => {
    const client = new EngineClient(() => fakeWorker().worker);
    expect((await client.count({ text: 'Hello' })).tokens).toBeGreaterThan(0);
    expect((await client.look(look)).tokens).toHaveLength(4);
  });

  it('gives way to an answer: it is stopped first, and has ended when the answer is asked for', async () => {
    const posted: ToWorker[] = [];
    const worker: WorkerLike = {
      onmessage: null,
      onerror: null,
      onmessageerror: null,
      terminate: () => undefined,
      postMessage: (message: ToWorker) => void posted.push(message),
    };
    const answer = (message: FromWorker) =>
      worker.onmessage?.call(worker as Worker, new MessageEvent('message', { data: message }));
    const client = new EngineClient(() => worker);
    const first = client.look(look);
    const refused = expect(first).rejects.toMatchObject({ code: 'aborted' });
    const events = client.generate(request('Hello'), new AbortController().signal);
    const started = events.next();
    await vi.waitFor(() => expect(posted.map(({ kind }) => kind)).toEqual(['distribution', 'abort']));
    answer({ kind: 'error', id: posted[0].id, error: { code: 'aborted', message: 'Stopped.' } });
    await refused;
    await vi.waitFor(() => expect(posted.at(-1)?.kind).toBe('generate'));
    answer({ kind: 'started', id: posted[2].id, seed: 1, promptTokens: 1, reusedTokens: 0 });
    expect((await started).value).toMatchObject({ kind: 'started' });
    // One look follows another at once when the first is over.
    const second = client.look(look);
    await vi.waitFor(() => expect(posted).toHaveLength(4));
    answer({ kind: 'distribution', id: posted[3].id, distribution: nothing });
    expect(await second).toEqual(nothing);
  });
});
