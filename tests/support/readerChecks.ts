// What must hold of models that several workers read, in every shell: for the tests of each.
import { readdirSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page, Worker } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import { neutralSampling } from '../../engine/generate/sampling.ts';
import type { ModelLocation } from '../../engine/protocol.ts';
import type { Payload, RequestName, Result } from '../../main/ipc/contract.ts';
import { writeGguf } from './gguf.ts';
import { startEngine, type Ask } from './pageEngine.ts';
import { tinyMetadata, tinySize, tinyTensors } from './tinyModel.ts';

export interface ReadersAt {
  page: Page;
  folder: string;
  /** The process that reads the files. */
  pid: number;
  /** Of the contract. */
  request<Name extends RequestName>(name: Name, payload: Payload<Name>): Promise<Result<Name>>;
}

/** Stripes of two workers, and more. */
const options = { backend: 'cpu', readers: 2 } as const;
const wide = 20_480;

/** 126 MB of zeros: the tiny model with wide experts, as floats, so that it takes its time when they are quantised. */
function wideModel(): Uint8Array {
  const metadata = { ...tinyMetadata(), 'qwen3moe.expert_feed_forward_length': wide };
  const widened = (dims: number[]) => dims.map((size) => (size === tinySize.expertWidth ? wide : size));
  const tensors = tinyTensors().map((tensor) =>
    tensor.name.includes('_exps') ? { ...tensor, type: 'F32' as const, dims: widened(tensor.dims) } : tensor,
  );
  return writeGguf({ metadata, tensors });
}

export function testReaders(at: () => ReadersAt): void {
  const isReader = (worker: Worker) => worker.url().includes('weightReader');

  /** An engine in the page, and how many readers have begun there. */
  async function watched(page: Page): Promise<{ ask: Ask; begun: () => number }> {
    let begun = 0;
    page.on('worker', (worker) => void (begun += isReader(worker) ? 1 : 0));
    return { ask: await startEngine(page), begun: () => begun };
  }

  async function located(isWanted: (id: string) => boolean): Promise<ModelLocation> {
    const { id, files } = (await at().request('models:list', null)).find((model) => isWanted(model.id))!;
    return { id, files };
  }

  /** No reader is left, and nobody has the model's file open: all requests have ended. */
  const ended = async (fileName: string) => {
    const { page, pid } = at();
    const opened = () => readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
    await vi.waitFor(() => expect(page.workers().filter(isReader)).toEqual([]), { timeout: 10_000 });
    await vi.waitFor(() => expect(opened().filter((file) => file.endsWith(fileName))).toEqual([]), { timeout: 10_000 });
  };

  test('a model that several workers read answers as one that the engine reads', async () => {
    const { page } = at();
    const model = await located((id) => id.startsWith('starter'));
    const { ask, begun } = await watched(page);
    const answers: unknown[] = [];
    for (const readers of [0, 2]) {
      await ask({ kind: 'unload' });
      expect((await ask({ kind: 'load', model, options: { ...options, readers } })).at(-1)?.kind).toBe('loaded');
      await ended(model.files[0].name);
      const answer = await ask({
        kind: 'generate',
        messages: [{ role: 'user', content: 'Tell me a story about a clever fox.' }],
        sampling: { ...neutralSampling, mode: 'greedy', maxTokens: 24 },
        alternatives: 2,
      });
      answers.push(answer.flatMap((message) => (message.kind === 'token' ? [message.token] : [])));
      expect(begun()).toBe(readers);
    }
    expect(answers[0]).toHaveLength(24);
    expect(answers[1]).toEqual(answers[0]);
    await ask({ kind: 'unload' });
  });

  test('a load that is stopped, and one of a file that is cut short meanwhile, end with their codes and leave no worker', async () => {
    const { page, folder, request } = at();
    const file = path.join(folder, 'Wide-F32.gguf');
    writeFileSync(file, wideModel());
    const added = await request('library:import', { path: file, how: 'link' });
    const model = await located((id) => id === added.model.id);
    const { ask, begun } = await watched(page);
    const slowly = { ...options, quantize: 'Q8_0' } as const;
    expect((await ask({ kind: 'load', model, options: slowly }, 1)).at(-1)).toMatchObject({
      error: { code: 'aborted' },
    });
    expect(begun()).toBe(2);
    await ended(path.basename(file));

    const reading = page.waitForEvent('worker', isReader);
    const load = ask({ kind: 'load', model, options: slowly });
    await reading;
    truncateSync(file, 80_000_000);
    const last = (await load).at(-1)!;
    expect(last.kind === 'error' && last.error.code).toMatch(/^(source-failed|truncated)$/);
    await ended(path.basename(file));
  });
}

/** Empty for a descriptor that has been closed since. */
function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
