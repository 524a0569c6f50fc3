// The model that ships with the project, as the reader sees it.
import { expect, it } from 'vitest';
import { openCheckpoint } from '../../../engine/format/openCheckpoint.ts';
import { folderFiles } from '../../support/folderFiles.ts';

it('opens the starter model', async () => {
  const path = new URL('../../../models/starter/starter-v0.q4_k_m.gguf', import.meta.url).pathname;
  const checkpoint = await openCheckpoint(folderFiles(path));
  expect(checkpoint.config).toMatchObject({
    architecture: 'qwen3moe',
    vocabularySize: 16384,
    hiddenSize: 512,
    layerCount: 8,
    expertCount: 16,
    expertsUsed: 4,
    contextLength: 2048,
  });
  expect(checkpoint.tensors.size).toBe(12 * 8 + 2);
  expect(checkpoint.quantization).toBe('Q4_K_M');
  expect(checkpoint.endTokenIds).toEqual([16379, 16381]);
  expect(checkpoint.chatTemplate).toContain('<|im_start|>');
});
