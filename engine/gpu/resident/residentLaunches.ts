// The dispatches of a decode step whose layers are resident: embedding, the way into the exchange, a dispatch for each chunk of layers,
// head and sampler. The same layers a phase at a time (`phased`) need no workgroups at the same time: what they compute is
// what the resident ones must.
import * as kernels from '../../kernels/registry.ts';
import type { Kernel } from '../../kernels/registry.ts';
import { bindingAlignment, bufferUsage } from '../constants.ts';
import { project } from '../decode/attention.ts';
import { createQuantizedRow } from '../decode/quantizedRow.ts';
import type { Dispatch } from '../dispatch.ts';
import type { Variant } from '../preprocess.ts';
import { GpuOps, type OpsHost } from '../gpuOps.ts';
import type { GpuMatrix, GpuTensor } from '../types.ts';
import { layoutOf } from '../weightLayouts.ts';
import type { ResidentLayer, ResidentModel } from './residentModel.ts';
import { phases, residentShape, secondTypes, withConstants, type Grid, type ResidentShape } from './shape.ts';

export interface ResidentLaunches {
  readonly resident: Dispatch[];
  /** Made anew, with a buffer of its own. */
  readonly phased: () => Dispatch[];
  /** Word 0 is not 0 once a dispatch has given up. */
  readonly exchange: GPUBuffer;
}

const uniform = bufferUsage.uniform | bufferUsage.copyDestination;
const layerWords = 16;

export function residentLaunches(host: OpsHost, model: ResidentModel, grid: Grid): ResidentLaunches {
  const { context } = host;
  const [first] = model.layers;
  const norm = { weight: model.headNorm, epsilon: model.epsilon };
  const folded = createQuantizedRow(context, 'residentFolded', first.attentionNorm.width);
  const shape = residentShape(model, grid, folded);
  const exchange = context.createBuffer('exchange', shape.exchangeBytes);
  const norms = gatherNorms(host, model, shape);
  const lanes = lanesOf(grid);
  const variant = variantOf(model, grid);
  const hidden = model.embed[1] as GpuTensor;
  const enter: Dispatch = {
    kernel: withConstants(kernels.residentEnter, shape.constants),
    variant: lanes,
    buffers: { hidden: hidden.buffer, norms, exchange },
    workgroups: () => [Math.max(grid.workgroups, Number(shape.constants.TILES))],
  };
  const ofSizes = new Map<string, Kernel>();
  const general = (describe: (ops: GpuOps) => void) => {
    const ops = new GpuOps({ ...host, context: { ...context, maxTokens: 1 } });
    describe(ops);
    return ops.dispatches;
  };
  const embed = general((ops) => ops.embed(...model.embed));
  const after = [
    project(context, folded, norm, [{ matrix: model.head, column: 0 }], model.logits),
    ...general((ops) => ops.sample(...model.sample)),
  ];
  const resident: Dispatch[] = [];
  const phasedChunks: (() => Dispatch[])[] = [];
  for (const { first: firstLayer, layers } of model.chunks) {
    const [{ q, gate, down, cache }] = layers;
    const buffers = {
      exchange,
      dense: q.parts[0].buffer.buffer,
      experts: gate.parts[0].buffer.buffer,
      down: down.parts[0].buffer.buffer,
      kv: cache.keys.buffer,
      rope: model.rope.buffer,
      step: context.step,
      norms,
      record: model.route.record,
      folded: folded.buffer,
      table: layerTable(host, model, shape, firstLayer, layers),
    };
    const words = (buffer: GPUBuffer) => Math.floor(buffer.size / 16);
    const sizes = {
      DENSE_WORDS: words(buffers.dense),
      EXPERT_WORDS: words(buffers.experts),
      DOWN_WORDS: words(buffers.down),
      KV_FOURS: Math.floor(buffers.kv.size / 8),
    };
    const key = JSON.stringify(sizes);
    let kernel = ofSizes.get(key);
    if (!kernel) {
      kernel = withConstants(kernels.residentLayers, { ...shape.constants, ...sizes });
      ofSizes.set(key, kernel);
    }
    const launch = (range: readonly [number, number, number, number], ranges: GPUBuffer, i: number): Dispatch => {
      context.device.queue.writeBuffer(ranges, i * bindingAlignment, new Uint32Array(range));
      return {
        kernel,
        variant,
        buffers: { ...buffers, range: { buffer: ranges, offset: i * bindingAlignment, size: 16 } },
        workgroups: () => [grid.workgroups],
      };
    };
    resident.push(launch([0, layers.length, 0, phases], context.createBuffer('residentRange', 16, uniform), 0));
    phasedChunks.push(() => {
      const ranges = context.createBuffer('residentRanges', layers.length * phases * bindingAlignment, uniform);
      return Array.from({ length: layers.length * phases }, (_, i) => {
        const [layer, phase] = [Math.floor(i / phases), i % phases];
        return launch([layer, layer + 1, phase, phase + 1], ranges, i);
      });
    });
  }
  return {
    resident: [...embed, enter, ...resident, ...after],
    phased: () => [...embed, enter, ...phasedChunks.flatMap((chunk) => chunk()), ...after],
    exchange,
  };
}

const lanesOf = ({ subgroup }: Grid): Variant => ({ lanes: `resident_lanes_${subgroup}` });

/** Modules of resident_layers. */
export function variantOf({ types }: ResidentModel, grid: Grid): Variant {
  const [a, b = a] = types;
  return { ...lanesOf(grid), first: `weights_${a}`, second: `weights_${b}` };
}

/** All norms in one buffer, in the order in which they are wanted. */
function gatherNorms(
  { context }: OpsHost,
  { layers, headNorm }: ResidentModel,
  { layerNorms }: ResidentShape,
): GPUBuffer {
  const width = headNorm.width;
  const all = context.createBuffer('norms', (layers.length * layerNorms + width) * 4);
  const encoder = context.device.createCommandEncoder();
  let at = 0;
  const append = (from: GPUBuffer, values: number) => {
    encoder.copyBufferToBuffer(from, 0, all, at, values * 4);
    at += values * 4;
  };
  for (const { attentionNorm, expertsNorm, qNorm, kNorm } of layers)
    for (const { buffer, width } of [attentionNorm, expertsNorm, qNorm, kNorm]) append(buffer, width);
  append(headNorm.buffer, width);
  context.device.queue.submit([encoder.finish()]);
  return all;
}

/** `Layer` of the kernel, for each layer of a chunk. */
function layerTable(
  { context }: OpsHost,
  { types, route }: ResidentModel,
  { layerNorms }: ResidentShape,
  firstLayer: number,
  layers: readonly ResidentLayer[],
): GPUBuffer {
  const words = new Uint32Array(8 * layerWords);
  layers.forEach((layer, n) => {
    const number = firstLayer + n;
    const { q, k, v, output, router, gate, up, down, cache } = layer;
    const second = secondTypes(layer, types);
    const [qAt, kAt, vAt, outputAt, routerAt, gateAt, upAt, downAt] = [q, k, v, output, router, gate, up, down].map(firstGroup); // prettier-ignore
    const [keys, values] = [cache.keys.offset / 8, cache.values.offset / 8];
    const record = (number * route.recordStride) / 4;
    words.set(
      [
        number,
        qAt,
        kAt,
        vAt,
        outputAt,
        routerAt,
        gateAt,
        upAt,
        downAt,
        second,
        keys,
        values,
        record,
        number * layerNorms,
      ],
      n * layerWords,
    );
  });
  const table = context.createBuffer('residentLayers', words.byteLength, uniform);
  context.device.queue.writeBuffer(table, 0, words);
  return table;
}

/** Groups from the buffer's start; the arrangement has put the matrix at a whole number of them. */
const firstGroup = ({ type, label, parts }: GpuMatrix): number =>
  parts[0].buffer.offset / (layoutOf(type, label).groupWords * 16);
