// Repositories, pages and catalogue entries against a hub of the test's own, set as the mirror.
import { describe, expect, test } from 'vitest';
import { readCatalogue } from '../../../../main/model-files/catalogue.ts';
import { startFaultServer, type FaultServer } from '../../../support/faultServer.ts';
import { tinyGguf } from '../../../support/tinyModel.ts';
import { codeOfRejection, modelBytes, openDownloadTest, sha256Of, type DownloadTest } from './support.ts';

const bytes = modelBytes(300_000);
const api = (repository: string) => `/api/models/${repository}/tree/main?recursive=true`;
const resolve = (repository: string, file: string) => `/${repository}/resolve/main/${file}`;

async function openHub(
  repository: string,
  files: Record<string, Buffer>,
): Promise<DownloadTest & { hub: FaultServer }> {
  const hub = await startFaultServer();
  serveRepository(hub, repository, files);
  const services = openDownloadTest();
  services.models.setSettings({ mirror: hub.origin });
  return { ...services, hub };
}

function serveRepository(hub: FaultServer, repository: string, files: Record<string, Buffer>): void {
  const list = Object.entries(files).map(([path, content]) => ({
    type: 'file',
    path,
    size: content.length,
    ...(path.endsWith('.json') ? {} : { lfs: { oid: sha256Of(content), size: content.length } }),
  }));
  hub.files.set(api(repository), { bytes: Buffer.from(JSON.stringify(list)), ranges: false });
  for (const [path, content] of Object.entries(files)) hub.files.set(resolve(repository, path), { bytes: content });
}

describe('what may be pasted', () => {
  test.each([
    ['a repository', 'Qwen/Qwen3-4B-GGUF'],
    ['its page', 'https://huggingface.co/Qwen/Qwen3-4B-GGUF'],
    ['its list of files', 'https://huggingface.co/Qwen/Qwen3-4B-GGUF/tree/main'],
    ['a file’s page', 'https://huggingface.co/Qwen/Qwen3-4B-GGUF/blob/main/Qwen3-4B-Q4_K_M.gguf'],
    ['a file', 'https://huggingface.co/Qwen/Qwen3-4B-GGUF/resolve/main/Qwen3-4B-Q4_K_M.gguf?download=true'],
  ])('%s', async (_, pasted) => {
    const { fetch, library, bytesOf } = await openHub('Qwen/Qwen3-4B-GGUF', {
      'Qwen3-4B-Q8_0.gguf': modelBytes(400_000),
      'Qwen3-4B-Q4_K_M.gguf': bytes,
      'README.md': Buffer.from('x'),
    });
    const id = await fetch(pasted);
    expect(bytesOf(id).equals(bytes)).toBe(true);
    expect(library.get(id)).toMatchObject({ id: 'qwen3-4b-q4_k_m', problem: null });
  });

  test('a quantisation of a repository', async () => {
    const wanted = modelBytes(400_000);
    const { models, library, bytesOf } = await openHub('Qwen/Qwen3-4B-GGUF', {
      'Qwen3-4B-Q4_K_M.gguf': bytes,
      'Qwen3-4B-Q8_0.gguf': wanted,
    });
    const { id } = await models.add('Qwen/Qwen3-4B-GGUF', { sha256: null, quantization: 'q8_0' });
    const modelId = await models.downloads.finished(id);
    expect(bytesOf(modelId).equals(wanted)).toBe(true);
    expect(library.get(modelId).files[0].sha256).toBe(sha256Of(wanted));
    const refused = models.add('Qwen/Qwen3-4B-GGUF', { sha256: null, quantization: 'Q2_K' });
    await expect(refused).rejects.toThrow(/Q4_K_M, Q8_0/);
  });

  test('the hash in the hub’s list finds a flipped byte', async () => {
    const { fetch, hub } = await openHub('a/b', { 'b-Q4_0.gguf': bytes });
    hub.fault = ({ end }) => (end > 200_000 ? { kind: 'flip', at: 200_000 } : undefined);
    expect(await codeOfRejection(fetch('a/b'))).toBe('damaged');
  });

  test('a Hugging Face folder: all its files, as one model', async () => {
    const files = {
      'config.json': Buffer.from('{"model_type":"llama"}'),
      'tokenizer.json': Buffer.from('{}'),
      'model-00001-of-00002.safetensors': Buffer.from('not really'),
      'model-00002-of-00002.safetensors': Buffer.from('nor this'),
      'original/consolidated.safetensors': Buffer.from('left out'),
      'train.py': Buffer.from('left out'),
    };
    const { models, hub } = await openHub('Qwen/Qwen3-4B', files);
    const preview = await models.preview('Qwen/Qwen3-4B', null);
    expect(preview.files.map(({ name }) => name)).toEqual([
      'config.json',
      'tokenizer.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
    ]);
    expect(preview.problem).toMatchObject({ code: 'not-a-model' });
    expect(hub.asked.some(({ path }) => path.includes('original'))).toBe(false);
  });

  test.each([
    ['a repository without models', 'a/b', { 'README.md': Buffer.from('x') }, 'refused'],
    ['a repository that is not there', 'a/c', {}, 'refused'],
    ['a path out of the folder', 'a/b', { '../../x-Q4_0.gguf': bytes }, 'bad-name'],
    ['a name with a control character', 'a/b', { 'x\u0007-Q4_0.gguf': bytes }, 'bad-name'],
    ['nonsense', 'what is this', {}, 'bad-address'],
    ['a page of another kind', 'https://huggingface.co/a/b/discussions/1', {}, 'bad-address'],
    ['the hub itself', 'https://huggingface.co', {}, 'bad-address'],
  ])('%s is refused', async (_, pasted, files, code) => {
    const { fetch, library } = await openHub('a/b', files);
    expect(await codeOfRejection(fetch(pasted))).toBe(code);
    expect(library.list()).toHaveLength(1);
  });

  test('a list that is no list', async () => {
    const { fetch, hub } = await openHub('a/b', {});
    hub.files.set(api('a/b'), { bytes: Buffer.from('<html>'), ranges: false });
    expect(await codeOfRejection(fetch('a/b'))).toBe('refused');
    hub.files.set(api('a/b'), { bytes: Buffer.from('[{"type":"file"}]'), ranges: false });
    expect(await codeOfRejection(fetch('a/b'))).toBe('refused');
  });
});

describe('the catalogue', () => {
  test('a model by its id, and its words', async () => {
    const { models, library, hub } = await openHub('Qwen/Qwen3-4B-GGUF', { 'Qwen3-4B-Q4_K_M.gguf': bytes });
    const { id, modelId } = await models.pull('qwen3-4b');
    expect(modelId).toBe('qwen3-4b-q4_k_m');
    await models.downloads.finished(id);
    expect(library.list()[1]).toMatchObject({
      id: modelId,
      name: 'Qwen3 4B Q4_K_M',
      licence: 'Apache-2.0',
      recommendedSampling: { temperature: 0.7, topP: 0.8, topK: 20, minP: 0 },
    });
    expect(models.catalogue().flatMap(({ variants }) => variants.filter(({ installed }) => installed))).toMatchObject([
      { id: modelId, byteLength: 2_497_280_256, estimated: false },
    ]);
    const asked = hub.asked.length;
    expect(await models.pull('qwen3-4b-q4_k_m')).toMatchObject({ state: 'complete', modelId });
    expect(hub.asked.length).toBe(asked);
  });

  test('a model in parts, whose names only the repository knows', async () => {
    const part = (number: number) => `Q4_K_M/Qwen3-235B-A22B-Q4_K_M-0000${number}-of-00002.gguf`;
    const { models, hub } = await openHub('Qwen/Qwen3-235B-A22B-GGUF', { [part(1)]: bytes, [part(2)]: bytes });
    const { id } = await models.pull('qwen3-235b-a22b');
    // The same model twice is no split one: what does not fit together is listed with its problem, and not offered.
    const modelId = await models.downloads.finished(id);
    expect((await models.state()).models[1]).toMatchObject({ id: modelId, problem: { code: 'not-a-model' } });
    expect(hub.sentOf(`/Qwen/Qwen3-235B-A22B-GGUF/resolve/main/${part(2)}`)).toBeGreaterThanOrEqual(bytes.length);
  });

  test('an unknown id', async () => {
    expect(await codeOfRejection(openDownloadTest().models.pull('gpt-5'))).toBe('not-found');
  });

  test('its addresses are those of the hub', () => {
    expect(readCatalogue().hub).toMatchObject({ baseAddress: 'https://huggingface.co', revision: 'main' });
  });
});

test('a preview reads the header and nothing else', async () => {
  const hub = await startFaultServer({ '/x-Q8_0.gguf': { bytes: Buffer.concat([Buffer.from(tinyGguf())]) } });
  const { models, library } = openDownloadTest();
  const preview = await models.preview(`${hub.origin}/x-Q8_0.gguf`, null);
  expect(preview).toMatchObject({ name: 'x-Q8_0', byteLength: tinyGguf().length, problem: null, choices: [] });
  expect(models.fit(preview.shape!, { contextLength: 128, kv: 'f16' }, 1e9)).toMatchObject({ verdict: 'fits' });
  expect(library.list()).toHaveLength(1);
  expect(models.downloads.list()).toEqual([]);
});
