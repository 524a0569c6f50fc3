// The worker's messages around what gives way to them: a proof of resident layers waits for quiet, reading ahead for what went on before it,
// and whatever else uses the model stops them first. The engine is a fake that writes down what it is asked for.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import type { EngineHost } from '../../../engine/engine.ts';
import { noTimings } from '../../../engine/generate/generate.ts';
import { Requests, type RequestedEngine } from '../../../engine/host/requests.ts';
import { neutralSampling, type BackendInfo, type FromWorker, type ToWorker } from '../../../engine/protocol.ts';
import { fakeModelInfo } from '../../support/fakeEngine.ts';
import { memoryFiles } from '../../support/memoryFiles.ts';

const backend: BackendInfo = {
  ...{ kind: 'webgpu', name: 'a GPU', software: false, activations: 'int8', kv: 'f16' },
  residentOff: 'unmeasured',
};

/** A proof, or reading ahead, that lasts until the test ends it, also where it was stopped before. */
interface Work {
  readonly signal: AbortSignal;
  end(): void;
  fail(error: Error): void;
}

function start() {
  const log: string[] = [];
  const sent: FromWorker[] = [];
  const proofs: Work[] = [];
  const readings: Work[] = [];
  const lasting = <Result>(name: string, works: Work[], signal: AbortSignal | undefined, result: Result) => {
    log.push(name);
    return new Promise<Result>((resolve, reject) => {
      const ended = (settle: () => void) => () => {
        log.push(`${name} ended`);
        settle();
      };
      works.push({ signal: signal!, end: ended(() => resolve(result)), fail: (error) => ended(() => reject(error))() });
    });
  };
  let told: EngineHost['onTuned'];
  let model: typeof fakeModelInfo | null = null;
  const engine: RequestedEngine = {
    load: (_files, options) => {
      log.push('load');
      if (options?.contextLength === 0) return Promise.reject(new EngineError('truncated', 'It ends too early.'));
      model = fakeModelInfo;
      return Promise.resolve({ model, backend, ...(options?.tuning === 'missing' && { tuned: 'by the load' }) });
    },
    async *answer(_request, signal) {
      log.push(signal?.aborted ? 'answer, aborted' : 'answer');
      yield { kind: 'started', seed: 1, promptTokens: 1, reusedTokens: 0 };
      return { reason: signal?.aborted ? 'aborted' : 'end', timings: noTimings };
    },
    nextTokenDistribution: () => {
      log.push('distribution');
      return Promise.resolve({ tokens: [], stages: [] });
    },
    count: () => ({ tokens: 3, contextLength: 2048 }),
    unload: () => {
      log.push('unload');
      model = null;
    },
    stats: () => ({
      ...{ model, backend, cachedTokens: 0, contextLength: 0, memoryNeeds: null, dispatchesPerToken: 0 },
      memory: { weightBytes: 0, kvBytes: 0, scratchBytes: 0, totalBytes: 0 },
    }),
    readAhead: (_request, signal) => lasting('reading', readings, signal, { promptTokens: 5, reusedTokens: 3 }),
    proveResident: (signal) => lasting('proof', proofs, signal, undefined),
  };
  const requests = new Requests({
    openEngine({ onTuned }) {
      told = onTuned;
      return engine;
    },
    filesOf: () => memoryFiles({}),
    send: (message) => sent.push(message),
  });
  let id = 0;
  const ask = (message: Record<string, unknown>): number => {
    requests.receive({ ...message, id: ++id } as unknown as ToWorker);
    return id;
  };
  return {
    ...{ log, sent, proofs, readings, ask },
    load: (options = {}, name = 'a') =>
      ask({ kind: 'load', model: { id: name, files: [{ name, url: 'weights://a', byteLength: 1 }] }, options }),
    generate: () => ask({ kind: 'generate', messages: [], sampling: neutralSampling, alternatives: 0 }),
    readAhead: () => ask({ kind: 'readAhead', messages: [] }),
    tell: (tuned: string) => told?.(tuned, null),
    kinds: () => sent.map(({ kind }) => kind),
  };
}

/** Lets the quiet that a proof waits for after a load go by, and after any other request. */
const quiet = () => vi.advanceTimersByTimeAsync(2000);
const longQuiet = () => vi.advanceTimersByTimeAsync(6000);
const settle = () => vi.advanceTimersByTimeAsync(0);

const aborted = () => new EngineError('aborted', 'Stopped.');

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a proof between requests', () => {
  it('starts some time after a load, once, and what it finds is told once', async () => {
    const { load, log, proofs, sent, tell, kinds } = start();
    const id = load();
    await settle();
    expect(kinds()).toEqual(['loaded']);
    expect(log).toEqual(['load']);
    await quiet();
    expect(log).toEqual(['load', 'proof']);
    tell('they are faster');
    proofs[0].end();
    await quiet();
    await quiet();
    expect(log).toEqual(['load', 'proof', 'proof ended']);
    expect(sent.slice(1)).toEqual([{ kind: 'tuned', id, tuned: 'they are faster', residentOff: null }]);
  });

  it('says nothing where there was nothing to prove', async () => {
    const { load, proofs, kinds } = start();
    load();
    await quiet();
    proofs[0].end();
    await quiet();
    expect(kinds()).toEqual(['loaded']);
  });

  it.each([
    ['an answer', { kind: 'generate', messages: [], sampling: neutralSampling, alternatives: 0 }, 'answer', 'done'],
    [
      'a look at the next token',
      { kind: 'distribution', messages: [], sampling: neutralSampling, most: 4 },
      'distribution',
      'distribution',
    ],
    ['unloading', { kind: 'unload' }, 'unload', 'unloaded'],
  ])('%s stops it, and begins only after its end', async (_, message, asked, last) => {
    const { load, ask, log, proofs, kinds } = start();
    load();
    await quiet();
    ask(message);
    await settle();
    expect(proofs[0].signal.aborted).toBe(true);
    expect(log).toEqual(['load', 'proof']);
    proofs[0].fail(aborted());
    await quiet();
    expect(log).toEqual(['load', 'proof', 'proof ended', asked]);
    expect(kinds().at(-1)).toBe(last);
    expect(kinds()).not.toContain('error');
  });

  it('waits longer after an answer than after a load, and is tried again when it was stopped', async () => {
    const { load, generate, log, proofs } = start();
    load();
    await vi.advanceTimersByTimeAsync(500);
    generate();
    await quiet();
    expect(log).toEqual(['load', 'answer']);
    await longQuiet();
    expect(log).toEqual(['load', 'answer', 'proof']);
    generate();
    proofs[0].fail(aborted());
    await longQuiet();
    expect(log.slice(3)).toEqual(['proof ended', 'answer', 'proof']);
  });

  it('is not tried after the model was unloaded', async () => {
    const { load, generate, ask, log } = start();
    load();
    await settle();
    generate();
    ask({ kind: 'unload' });
    await longQuiet();
    expect(log).toEqual(['load', 'answer', 'unload']);
  });

  it('is not disturbed by counts and stats', async () => {
    const { load, ask, proofs, kinds } = start();
    load();
    await settle();
    ask({ kind: 'count', of: { text: 'Hello' } });
    await quiet();
    ask({ kind: 'count', of: { text: 'Hello' } });
    ask({ kind: 'stats' });
    await settle();
    expect(proofs[0].signal.aborted).toBe(false);
    expect(kinds()).toEqual(['loaded', 'count', 'count', 'stats']);
  });

  it('an answer can be aborted while it waits for the end of the proof', async () => {
    const { load, generate, ask, log, proofs, sent } = start();
    load();
    await quiet();
    const id = generate();
    ask({ kind: 'abort', target: id });
    await settle();
    expect(log).toEqual(['load', 'proof']);
    proofs[0].end();
    await settle();
    expect(log.at(-1)).toBe('answer, aborted');
    expect(sent.at(-1)).toMatchObject({ kind: 'done', id, reason: 'aborted' });
  });

  it('an abort of something else leaves it alone', async () => {
    const { load, ask, proofs } = start();
    const id = load();
    await quiet();
    ask({ kind: 'abort', target: id });
    await settle();
    expect(proofs[0].signal.aborted).toBe(false);
  });

  it('a load stops it, and it is tried again after that', async () => {
    const { load, log, proofs, kinds } = start();
    load();
    await quiet();
    load({}, 'b');
    await settle();
    expect(log).toEqual(['load', 'proof']);
    proofs[0].fail(aborted());
    await quiet();
    expect(log).toEqual(['load', 'proof', 'proof ended', 'load', 'proof']);
    expect(proofs[1].signal.aborted).toBe(false);
    expect(kinds()).toEqual(['loaded', 'loaded']);
  });

  it('is tried again after the next load, also one that finds its model there', async () => {
    const { load, generate, log } = start();
    load();
    await settle();
    generate();
    await quiet();
    load();
    await quiet();
    expect(log).toEqual(['load', 'answer', 'proof']);
  });

  it('does not start after a load that failed', async () => {
    const { load, log, kinds } = start();
    load({ contextLength: 0 });
    await quiet();
    expect(log).toEqual(['load']);
    expect(kinds()).toEqual(['error']);
  });

  it('two requests in a row keep their order', async () => {
    const { load, generate, ask, log, proofs } = start();
    load();
    await quiet();
    generate();
    ask({ kind: 'unload' });
    await settle();
    proofs[0].end();
    await settle();
    expect(log.slice(2)).toEqual(['proof ended', 'answer', 'unload']);
  });

  it('one that goes wrong is nobody’s error, and the next answer begins as ever', async () => {
    const { load, generate, proofs, kinds, tell } = start();
    load();
    await quiet();
    tell('they failed');
    proofs[0].fail(new EngineError('device-lost', 'The GPU was reset or went away.'));
    await settle();
    expect(kinds()).toEqual(['loaded', 'tuned']);
    generate();
    await settle();
    expect(kinds().slice(2)).toEqual(['started', 'done']);
  });

  it('what a load has found is handed over once, not again with what is there already', async () => {
    const { load, sent } = start();
    load({ tuning: 'missing' });
    await settle();
    load({ tuning: 'missing' });
    await settle();
    expect(sent.map((message) => 'tuned' in message)).toEqual([true, false]);
  });
});

describe('reading ahead', () => {
  it('tells what it has read, and a proof waits until after it', async () => {
    const { load, readAhead, log, readings, sent } = start();
    load();
    await settle();
    const id = readAhead();
    await longQuiet();
    expect(log).toEqual(['load', 'reading']);
    readings[0].end();
    await settle();
    expect(sent.at(-1)).toEqual({ kind: 'readAhead', id, promptTokens: 5, reusedTokens: 3 });
    await quiet();
    expect(log.at(-1)).toBe('reading ended');
    await longQuiet();
    expect(log.at(-1)).toBe('proof');
  });

  it('takes the place of what was read before, and of a proof', async () => {
    const { load, readAhead, log, proofs, readings, sent } = start();
    load();
    await quiet();
    const ids = [readAhead(), readAhead()];
    await settle();
    expect(log).toEqual(['load', 'proof']);
    proofs[0].fail(aborted());
    await settle();
    expect(log.slice(2)).toEqual(['proof ended', 'reading']);
    expect(readings[0].signal.aborted).toBe(true);
    readings[0].fail(aborted());
    await settle();
    expect(log.slice(4)).toEqual(['reading ended', 'reading']);
    expect(sent.at(-1)).toMatchObject({ kind: 'error', id: ids[0], error: { code: 'aborted' } });
  });

  it('gives way to an answer, and is refused until that has ended', async () => {
    const { load, readAhead, generate, log, readings, sent } = start();
    load();
    await settle();
    readAhead();
    await settle();
    generate();
    const late = readAhead();
    await settle();
    expect(readings[0].signal.aborted).toBe(true);
    expect(log).toEqual(['load', 'reading']);
    readings[0].fail(aborted());
    await settle();
    expect(log).toEqual(['load', 'reading', 'reading ended', 'answer']);
    expect(sent).toContainEqual({
      kind: 'error',
      id: late,
      error: expect.objectContaining({ code: 'busy' }) as object,
    });
    readAhead();
    await settle();
    expect(log.at(-1)).toBe('reading');
  });
});
