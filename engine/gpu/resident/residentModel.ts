// What of a recorded decode step the resident layers can take: the same sparse layer again and again, in shared buffers, of at most
// two weight types. Says why where they can't.
import type { Ops, RouterRule } from '../../backend/backend.ts';
import type { GpuKvLayer, GpuMatrix, GpuRopeTable, GpuRoute, GpuTensor, GpuVector, WeightLayout } from '../types.ts';
import { isPacked } from '../weightLayouts.ts';
import type { RecordedOp } from './recordedOps.ts';

export interface ResidentLayer {
  readonly attentionNorm: GpuVector;
  readonly q: GpuMatrix;
  readonly k: GpuMatrix;
  readonly v: GpuMatrix;
  readonly qNorm: GpuVector;
  readonly kNorm: GpuVector;
  readonly cache: GpuKvLayer;
  readonly output: GpuMatrix;
  readonly expertsNorm: GpuVector;
  readonly router: GpuMatrix;
  readonly gate: GpuMatrix;
  readonly up: GpuMatrix;
  readonly down: GpuMatrix;
}

export interface ResidentModel {
  readonly embed: Parameters<Ops['embed']>;
  readonly layers: readonly ResidentLayer[];
  /** Of layers that follow each other: those whose weights share buffers. */
  readonly chunks: readonly { readonly first: number; readonly layers: readonly ResidentLayer[] }[];
  readonly epsilon: number;
  readonly rope: GpuRopeTable;
  readonly route: GpuRoute;
  readonly rule: RouterRule;
  readonly headNorm: GpuVector;
  readonly head: GpuMatrix;
  readonly logits: GpuTensor;
  readonly sample: Parameters<Ops['sample']>;
  /** Types of the layers' matrices, one or two. */
  readonly types: readonly WeightLayout[];
}

class Unfit extends Error {}

/** @returns the model, or why it does not fit, for the engine's statistics */
export function residentModel(ops: readonly RecordedOp[]): ResidentModel | string {
  try {
    return match(ops);
  } catch (error) {
    if (error instanceof Unfit) return error.message;
    throw error;
  }
}

function match(ops: readonly RecordedOp[]): ResidentModel {
  let next = 0;
  const take = <N extends RecordedOp['name']>(name: N): Parameters<Ops[N]> => {
    const op = ops[next++];
    if (op?.name !== name) throw new Unfit(`a step with ${op?.name ?? 'nothing'} in the place of ${name}`);
    return op.args as Parameters<Ops[N]>;
  };
  const matrix = (of: unknown): GpuMatrix => {
    const weights = of as GpuMatrix;
    if (weights.parts.length > 1) throw new Unfit('a matrix that is larger than a binding');
    return weights;
  };
  const packed = (of: unknown): GpuMatrix => {
    const weights = matrix(of);
    if (!isPacked(weights.layout)) throw new Unfit(`weights of type ${weights.type}`);
    return weights;
  };
  const embed = take('embed');
  const layers: ResidentLayer[] = [];
  let shared: Pick<ResidentModel, 'epsilon' | 'rope' | 'route' | 'rule'> | null = null;
  while (ops[next]?.name === 'rmsNorm') {
    const [, attentionNorm, epsilon] = take('rmsNorm');
    const [q, k, v] = [take('matmul'), take('matmul'), take('matmul')].map(([, weight]) => packed(weight));
    const [, norms, rope, cache] = take('qkNormRope');
    take('attention');
    const output = packed(take('matmul')[1]);
    const [, expertsNorm] = take('rmsNorm');
    if (ops[next]?.name !== 'router') throw new Unfit('a layer without experts');
    const [, router, rule, route] = take('router');
    take('recordExperts');
    const [, gate, up] = take('gateUp');
    const [, down] = take('down');
    shared ??= { epsilon, rope: rope as GpuRopeTable, route: route as GpuRoute, rule };
    layers.push({
      attentionNorm: attentionNorm as GpuVector,
      q,
      k,
      v,
      qNorm: norms.q as GpuVector,
      kNorm: norms.k as GpuVector,
      cache: cache as GpuKvLayer,
      output,
      expertsNorm: expertsNorm as GpuVector,
      router: matrix(router),
      gate: packed(gate),
      up: packed(up),
      down: packed(down),
    });
    // The head's norm follows its row.
    if (ops[next]?.name === 'lastRow') break;
  }
  if (!shared) throw new Unfit('no layers');
  take('lastRow');
  const headNorm = take('rmsNorm')[1] as GpuVector;
  const [, head, logits] = take('matmul');
  const sample = take('sample');
  const types = [...new Set(layers.flatMap((layer) => matricesOf(layer).map(({ layout }) => layout)))];
  if (types.length > 2) throw new Unfit(`weights of ${types.length} types`);
  return {
    embed,
    layers,
    chunks: chunksOf(layers),
    ...shared,
    headNorm,
    head: packed(head),
    logits: logits as GpuTensor,
    sample,
    types,
  };
}

/** Those that may be of either type; the router is of f32. */
export const matricesOf = ({ q, k, v, output, gate, up, down }: ResidentLayer): GpuMatrix[] => [q, k, v, output, gate, up, down]; // prettier-ignore

function chunksOf(layers: readonly ResidentLayer[]): ResidentModel['chunks'] {
  const chunks: { first: number; layers: ResidentLayer[] }[] = [];
  const sets = ({ q, k, v, output, router, gate, up, down, cache }: ResidentLayer) => [
    [q, k, v, output, router].map(({ parts }) => parts[0].buffer.buffer),
    [gate, up].map(({ parts }) => parts[0].buffer.buffer),
    [down.parts[0].buffer.buffer],
    [cache.keys.buffer, cache.values.buffer],
  ];
  let before: GPUBuffer[][] | null = null;
  layers.forEach((layer, n) => {
    if (layer.router.layout !== 'f32') throw new Unfit(`a router of type ${layer.router.type}`);
    if (layer.cache.type !== 'f16') throw new Unfit(`a cache of ${layer.cache.type}`);
    const buffers = sets(layer);
    if (buffers.some((set) => set.some((buffer) => buffer !== set[0]))) throw new Unfit('layers too large to share buffers'); // prettier-ignore
    if (before && buffers.every((set, i) => set[0] === before![i][0])) chunks.at(-1)!.layers.push(layer);
    else chunks.push({ first: n, layers: [layer] });
    before = buffers;
  });
  return chunks;
}
