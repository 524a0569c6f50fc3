// gate_up and down of random weights on a back end, beside their CPU twins.
import type { Program, Route } from '../../engine/backend/backend.ts';
import { down } from '../../engine/cpu/down.ts';
import { gateUp } from '../../engine/cpu/gateUp.ts';
import type { TensorType } from '../../engine/format/tensorTypes.ts';
import type { GpuBackend } from '../../engine/gpu/gpuBackend.ts';
import type { GpuRoute } from '../../engine/gpu/types.ts';
import { randomNumbers } from './randomModel.ts';
import { fill, randomActivations, randomWeights, throughInt8, upload, worstDifference } from './randomWeights.ts';

export interface FeedForwardShape {
  gate: TensorType;
  up: TensorType;
  down: TensorType;
  hidden: number;
  intermediate: number;
  /** Experts, and how many a token uses; null: dense. */
  experts: [count: number, used: number] | null;
}

export interface FeedForward {
  /** gate_up and down. */
  readonly program: Program;
  /** Runs a step of random tokens; the largest differences from the twins, relative to their largest value. */
  compare(tokens: number): Promise<{ gateUp: number; down: number }>;
}

/** @param rounding what the kernels' activations go through before they are multiplied */
export async function randomFeedForward(
  device: GPUDevice,
  backend: GpuBackend,
  shape: FeedForwardShape,
  rounding: 'int8' | 'none',
): Promise<FeedForward> {
  const { hidden: hiddenSize, intermediate: intermediateSize, experts } = shape;
  const [expertCount, expertsUsed] = experts ?? [1, 1];
  const weights = {
    gate: randomWeights(shape.gate, intermediateSize, hiddenSize, expertCount, 3),
    up: randomWeights(shape.up, intermediateSize, hiddenSize, expertCount, 4),
    down: randomWeights(shape.down, hiddenSize, intermediateSize, expertCount, 5),
  };
  const gate = await upload(backend, weights.gate);
  const up = await upload(backend, weights.up);
  const downs = await upload(backend, weights.down);
  const input = backend.createTensor('input', hiddenSize);
  const products = backend.createTensor('products', intermediateSize, 'tokens', expertsUsed);
  const hidden = backend.createTensor('hidden', hiddenSize);
  const route: Route | null = experts ? backend.createRoute(expertsUsed, expertCount) : null;
  // By itself it writes all of its products; before down it may keep them only as down takes them.
  const alone = await backend.record('gateUp', (ops) => ops.gateUp(input, gate, up, route, products));
  const program = await backend.record('feedForward', (ops) => {
    ops.gateUp(input, gate, up, route, products);
    ops.down(products, downs, route, hidden);
  });
  const rounded = rounding === 'int8' ? throughInt8 : (values: Float32Array) => values;

  const compare = async (tokens: number) => {
    const x = randomActivations(tokens * hiddenSize);
    const residual = randomActivations(tokens * hiddenSize, 9);
    const random = randomNumbers(tokens);
    const choices = Uint32Array.from({ length: tokens * expertsUsed }, (_, slot) =>
      slot % expertsUsed === 0 ? (slot / expertsUsed) % expertCount : Math.floor(((random() + 1) / 2) * expertCount),
    );
    const shares = Float32Array.from(choices, () => random() + 1);
    fill(device, input, x);
    fill(device, hidden, residual);
    if (route) {
      device.queue.writeBuffer((route as GpuRoute).ids, 0, choices);
      device.queue.writeBuffer((route as GpuRoute).weights, 0, shares);
    }
    backend.setTokens(new Uint32Array(tokens), 0);
    await backend.run(alone, tokens);
    const actualProducts = await backend.read(products, tokens * expertsUsed);
    await backend.run(program, tokens);
    const actualHidden = await backend.read(hidden, tokens);

    const twin = { intermediateSize, hiddenSize, expertCount, expertsUsed };
    const routed = route ? { expertIds: choices, expertWeights: shares } : null;
    const expected = new Float32Array(tokens * expertsUsed * intermediateSize);
    gateUp(weights.gate.values, weights.up.values, twin, rounded(x, hiddenSize), tokens, routed, expected);
    // From the GPU's own products, so that only down's error counts.
    down(weights.down.values, twin, rounded(actualProducts, intermediateSize), tokens, routed, residual);
    return { gateUp: worstDifference(actualProducts, expected), down: worstDifference(actualHidden, residual) };
  };
  return { program, compare };
}
