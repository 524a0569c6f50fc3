// RoPE tables on the host: angles in f64, so that large positions stay exact (spec 1.4), with YaRN where the model asks.
import type { Qwen3Config, YarnConfig } from '../format/checkpoint.ts';

/** Angle per position of each pair i = 0 … headDim/2 − 1, and the factor on cos and sin. */
export function ropeFrequencies(headDim: number, theta: number, yarn: YarnConfig | null) {
  const frequencies = Float64Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
  if (!yarn) return { frequencies, attentionFactor: 1 };
  const { factor, originalContext, betaFast, betaSlow } = yarn;
  // The pair that turns `rotations` times over the original context.
  const correction = (rotations: number) =>
    (headDim * Math.log(originalContext / (2 * Math.PI * rotations))) / (2 * Math.log(theta));
  const low = Math.max(Math.floor(correction(betaFast)), 0);
  const high = Math.min(Math.ceil(correction(betaSlow)), headDim - 1);
  for (let i = 0; i < frequencies.length; i++) {
    const ramp = Math.min(Math.max((i - low) / Math.max(high - low, 0.001), 0), 1);
    frequencies[i] *= 1 - ramp + ramp / factor;
  }
  return { frequencies, attentionFactor: yarn.attentionFactor ?? 0.1 * Math.log(factor) + 1 };
}

/** cos and sin, [contextLength, headDim / 2] each, attention factor included. */
export function ropeTable(config: Qwen3Config, contextLength: number): { cos: Float32Array; sin: Float32Array } {
  const { frequencies, attentionFactor } = ropeFrequencies(config.headDim, config.ropeTheta, config.yarn);
  const half = frequencies.length;
  const cos = new Float32Array(contextLength * half);
  const sin = new Float32Array(contextLength * half);
  for (let position = 0; position < contextLength; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * frequencies[i];
      cos[position * half + i] = Math.cos(angle) * attentionFactor;
      sin[position * half + i] = Math.sin(angle) * attentionFactor;
    }
  }
  return { cos, sin };
}
