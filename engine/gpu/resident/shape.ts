// The constants of resident_layers.wgsl: the model's sizes, the grid, and where each kind of activation lies in the exchange. They
// are written into the kernel's text, because arrays of known length have their bounds checked for nearly nothing.
import type { Kernel } from '../../kernels/registry.ts';
import { recordWeightsAt } from '../ops/recordExperts.ts';
import { mostAdditions, routerWordsOf } from '../routerWords.ts';
import { groupsOf, groupWordsOf } from '../weightLayouts.ts';
import type { QuantizedRow } from '../decode/quantizedRow.ts';
import type { OpContext } from '../types.ts';
import { matricesOf, type ResidentLayer, type ResidentModel } from './residentModel.ts';

export interface Grid {
  /** That run at the same time. */
  readonly workgroups: number;
  /** Of a workgroup. Default: 512, or 128 on software adapters. */
  readonly lanes?: number;
  /** Lanes of a subgroup: 32, or 4 on software adapters. */
  readonly subgroup: 32 | 4;
  /** Looks at a word before a workgroup gives up. */
  readonly looks: number;
  /** Keys from which on the workgroups share them out. */
  readonly directKeys: number;
}

/** Lanes that share a row of 16. */
const splitsOf = ({ subgroup, lanes = subgroup === 32 ? 512 : 128 }: Grid) => lanes / 16;
/** Words before the activations; the first says that a dispatch gave up. */
const reservedWords = 64;
export const phases = 6;
/** To an expert's logit (resident_router.wgsl). */
const routerAdditions = (hidden: number, { workgroups }: Grid) => Math.min(workgroups, hidden / 16);
/** Of the query heads of a KV head: a task of attention takes four, and joining sees 32 columns of all splits at once (resident_attention.wgsl). */
const headBlocks = (group: number) => Math.ceil(group / 4);
const joinedColumns = 32;
const layerNorms = (hidden: number, headDim: number) => 2 * hidden + 2 * headDim;

/** Numbers are u32; what is not, is as WGSL writes it. */
export type Constants = Readonly<Record<string, number | boolean | string>>;

export interface ResidentShape {
  readonly constants: Constants;
  readonly exchangeBytes: number;
  /** Words of a layer's norms. */
  readonly layerNorms: number;
}

/** @returns why the kernel can't have this shape */
export function unfitShape(
  { layers, route }: ResidentModel,
  grid: Grid,
  { device, features }: OpContext,
): string | null {
  const [{ q, cache, gate }] = layers;
  const { kvHeadCount, headDim } = cache;
  const lanes = 16 * splitsOf(grid);
  const group = q.rows / headDim / kvHeadCount;
  const hidden = q.columns;
  const fits =
    hidden % 16 === 0 &&
    gate.rows % 16 === 0 &&
    headDim % 16 === 0 &&
    headDim <= 128 &&
    route.expertsUsed <= 32 &&
    grid.workgroups >= kvHeadCount * headBlocks(group) &&
    routerAdditions(hidden, grid) <= mostAdditions;
  if (!fits) return 'sizes that its kernel does not take';
  if (features.subgroupSize !== grid.subgroup) return `subgroups that don't have ${grid.subgroup} lanes`;
  if (device.limits.maxStorageBuffersPerShaderStage < 10) return 'fewer than 10 storage buffers a stage';
  if (device.limits.maxComputeInvocationsPerWorkgroup < lanes) return `workgroups of fewer than ${lanes} lanes`;
  return null;
}

export function residentShape(model: ResidentModel, grid: Grid, folded: QuantizedRow): ResidentShape {
  const { layers, route, rule, epsilon, rope, types } = model;
  const [{ q, k, gate, cache, attentionNorm }] = layers;
  const { kvHeadCount, headDim, contextLength } = cache;
  const hidden = attentionNorm.width;
  const inner = gate.rows;
  const { workgroups } = grid;
  const splits = splitsOf(grid);
  const tiles = hidden / 16;
  const heads = q.rows / headDim;
  const qTiles = q.rows / 16;
  const kvTiles = k.rows / 16;
  const innerTiles = inner / 16;
  const used = route.expertsUsed;
  const units = (count: number) => Math.ceil(count / workgroups);
  const group = heads / kvHeadCount;
  const keySplits = Math.min(Math.floor(workgroups / (kvHeadCount * headBlocks(group))), (16 * splits) / joinedColumns);
  const routerWords = routerWordsOf(route.expertCount);
  let words = reservedWords;
  const room = (count: number) => {
    const at = words;
    words += count;
    return at;
  };
  const ownAt = room(hidden);
  const hiddenAt = room(tiles * 6);
  const squaresAt = room(tiles);
  const clearedAt = words;
  const places = {
    OWN_AT: ownAt,
    HIDDEN_AT: hiddenAt,
    SQUARES_AT: squaresAt,
    CLEARED_AT: clearedAt,
    QKV_AT: room(q.rows + 2 * k.rows),
    ATTENDED_AT: room(qTiles * 6),
    ROUTER_AT: room(layers.length * routerWords),
    INNER_AT: room(used * innerTiles * 6),
    PARTIALS_AT: room(heads * keySplits * (headDim + 2)),
    EXCHANGE_WORDS: words,
  };
  const norms = layerNorms(hidden, headDim);
  const constants: Constants = {
    WORKGROUPS: workgroups,
    LANES: 16 * splits,
    SPLITS: splits,
    BLOCKS: 2,
    LOOKS: grid.looks,
    DIRECT_KEYS: grid.directKeys,
    KEY_SPLITS: keySplits,
    LAYERS: layers.length,
    HIDDEN: hidden,
    TILES: tiles,
    HIDDEN_GROUPS: groupsOf(hidden),
    ATTENDED_GROUPS: groupsOf(q.rows),
    INNER_TILES: innerTiles,
    INNER_GROUPS: groupsOf(inner),
    FIRST_WORDS: groupWordsOf(types[0]),
    SECOND_WORDS: groupWordsOf(types[types.length - 1]),
    HEADS: heads,
    KV_HEADS: kvHeadCount,
    GROUP: group,
    HEAD_BLOCKS: headBlocks(group),
    HEAD_DIM: headDim,
    Q_TILES: qTiles,
    KV_TILES: kvTiles,
    EXPERTS: route.expertCount,
    ROUTER_WORDS: routerWords,
    USED: used,
    NORMALIZE: rule.normalize,
    SECOND_EVER: secondEver(model),
    PROJECT_UNITS: units(qTiles + 2 * kvTiles),
    HIDDEN_UNITS: units(tiles),
    ROUTER_ADDITIONS: routerAdditions(hidden, grid),
    INNER_UNITS: units(used * innerTiles),
    MOST_SUMS: Math.max(units(qTiles + 2 * kvTiles), units(tiles), 2 * units(used * innerTiles)),
    INPUT_BLOCKS: 16 * Math.max(groupsOf(hidden), groupsOf(q.rows), used * groupsOf(inner)),
    SQUARES: Math.ceil(tiles / grid.subgroup),
    CONTEXT: contextLength,
    SIN_AT: rope.sin.offset / 4,
    ROPE_WORDS: Math.floor(rope.buffer.size / 4),
    NORM_WORDS: layers.length * norms + hidden,
    LAYER_NORMS: norms,
    RECORD_WEIGHTS_AT: recordWeightsAt(route) / 4,
    FOLDED_SCALES_AT: folded.scalesAt,
    FOLDED_SUMS_AT: folded.sumsAt,
    EPSILON: `${epsilon}f`,
    SCALE: `${1 / Math.sqrt(headDim)}f`,
    ROUTED_SCALE: `${rule.scale}f`,
    ...places,
  };
  return {
    constants,
    exchangeBytes: words * 4,
    layerNorms: norms,
  };
}

/** A bit for each of the matrices of a layer that is of the second type. */
export const secondTypes = (layer: ResidentLayer, types: ResidentModel['types']): number =>
  matricesOf(layer).reduce((bits, { layout }, i) => bits | ((layout === types[0] ? 0 : 1) << i), 0);

const secondEver = ({ layers, types }: ResidentModel): number =>
  layers.reduce((bits, layer) => bits | secondTypes(layer, types), 0);

/** The kernel with its constants in front. */
export function withConstants(kernel: Kernel, constants: Constants): Kernel {
  const lines = Object.entries(constants).map(
    ([name, value]) => `const ${name} = ${value}${typeof value === 'number' ? 'u' : ''};`,
  );
  return { ...kernel, source: `${lines.join('\n')}\n${kernel.source}` };
}
