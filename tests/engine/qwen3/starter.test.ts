import { expect, test } from 'vitest';
import { CpuBackend } from '../../../engine/cpu/cpuBackend.ts';
import { checkStarter } from '../../support/modelChecks.ts';

test('the starter gives the logits and greedy tokens of its goldens on the CPU', async () => {
  await checkStarter(new CpuBackend(), 1e-3);
  expect.hasAssertions();
});
