// A complete set of sampling values for tests that only need one.
import { neutralSampling, type Sampling } from '../../engine/generate/sampling.ts';

export const someSampling: Sampling = { ...neutralSampling, temperature: 0.7, topP: 0.9, topK: 40 };
