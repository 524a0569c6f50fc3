import { expect, test } from 'vitest';
import { CpuBackend } from '../../../engine/cpu/cpuBackend.ts';
import { checkRandomModel } from '../../support/modelChecks.ts';
import { randomModels } from '../../support/randomModel.ts';

test.each(randomModels)('%s: equal to the naive reference on the CPU', async (_name, make) => {
  await checkRandomModel(make(), new CpuBackend({ maxTokens: 8 }));
  expect.hasAssertions();
});
