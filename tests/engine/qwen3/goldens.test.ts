import { expect, test } from 'vitest';
import { CpuBackend } from '../../../engine/cpu/cpuBackend.ts';
import { checkGolden, goldenNames } from '../../support/modelChecks.ts';

// 16: the 40 tokens of a golden then take three chunks, the last one partial.
test.each(goldenNames)('%s: logits and greedy tokens of the reference checkpoint on the CPU', async (name) => {
  await checkGolden(name, new CpuBackend({ maxTokens: 16 }));
  expect.hasAssertions();
});
