// Every kernel by name: its text and its bindings in order (the one place that names them). Shapes and dispatch stand at the
// top of each .wgsl; how many workgroups a run takes is decided where it is dispatched (gpu/ops).
import attentionSource from './attention.wgsl?raw';
import attention1tokenSource from './attention_1token.wgsl?raw';
import attentionMergeSource from './attention_merge.wgsl?raw';
import down1tokenSource from './down_1token.wgsl?raw';
import attentionMatricesSource from './attention_matrices.wgsl?raw';
import attentionTilesSource from './attention_tiles.wgsl?raw';
import downSource from './down.wgsl?raw';
import downSlotsSource from './down_slots.wgsl?raw';
import embed1tokenSource from './embed_1token.wgsl?raw';
import downTilesSource from './down_tiles.wgsl?raw';
import embedSource from './embed.wgsl?raw';
import foldNorm1tokenSource from './fold_norm_1token.wgsl?raw';
import gateUp1tokenSource from './gate_up_1token.wgsl?raw';
import gateUpSource from './gate_up.wgsl?raw';
import gateUpTilesSource from './gate_up_tiles.wgsl?raw';
import groupSlotsSource from './group_slots.wgsl?raw';
import halveRowsSource from './halve_rows.wgsl?raw';
import lastRowSource from './last_row.wgsl?raw';
import matmulSource from './matmul.wgsl?raw';
import matmulTilesSource from './matmul_tiles.wgsl?raw';
import placeRowsSource from './place_rows.wgsl?raw';
import project1tokenSource from './project_1token.wgsl?raw';
import qkNormRopeSource from './qk_norm_rope.wgsl?raw';
import quantizeRowsSource from './quantize_rows.wgsl?raw';
import recordExpertsSource from './record_experts.wgsl?raw';
import residentEnterSource from './resident_enter.wgsl?raw';
import residentLayersSource from './resident_layers.wgsl?raw';
import residual1tokenSource from './residual_1token.wgsl?raw';
import residualRouter1tokenSource from './residual_router_1token.wgsl?raw';
import rmsNormSource from './rms_norm.wgsl?raw';
import router1tokenSource from './router_1token.wgsl?raw';
import routerTopkSource from './router_topk.wgsl?raw';
import sampleFinishSource from './sample_finish.wgsl?raw';
import sampleRepeatsSource from './sample_repeats.wgsl?raw';
import sampleScanSource from './sample_scan.wgsl?raw';
import storeQ4KSource from './store_q4_k.wgsl?raw';
import storeQ8_0Source from './store_q8_0.wgsl?raw';
import sumSlotsSource from './sum_slots.wgsl?raw';
export { sharedModules } from './sharedModules.ts';

/** `read` and `write` are storage buffers; `write` may also be read. */
export type Access = 'read' | 'write' | 'uniform';

export interface Kernel {
  readonly name: string;
  readonly source: string;
  /** Binding name → access; the order is that of @binding(0), (1), … in group 0. */
  readonly bindings: Readonly<Record<string, Access>>;
}

export const attention: Kernel = {
  name: 'attention',
  source: attentionSource,
  bindings: { qkv: 'read', keys: 'read', values: 'read', step: 'read', output: 'write', parts: 'write' },
};

export const attentionTiles: Kernel = {
  name: 'attention_tiles',
  source: attentionTilesSource,
  bindings: { qkv: 'read', keys: 'read', values: 'read', step: 'read', output: 'write' },
};

export const attentionMatrices: Kernel = {
  name: 'attention_matrices',
  source: attentionMatricesSource,
  bindings: attentionTiles.bindings,
};

export const attentionMerge: Kernel = {
  name: 'attention_merge',
  source: attentionMergeSource,
  bindings: { partial: 'read', parts: 'read', output: 'write' },
};

export const qkNormRope: Kernel = {
  name: 'qk_norm_rope',
  source: qkNormRopeSource,
  bindings: {
    qkv: 'write',
    q_norm: 'read',
    k_norm: 'read',
    cos: 'read',
    sin: 'read',
    keys: 'write',
    values: 'write',
    step: 'read',
  },
};

export const rmsNorm: Kernel = {
  name: 'rms_norm',
  source: rmsNormSource,
  bindings: { input: 'read', weight: 'read', output: 'write' },
};

export const routerTopk: Kernel = {
  name: 'router_topk',
  source: routerTopkSource,
  bindings: { logits: 'read', ids: 'write', weights: 'write' },
};

export const recordExperts: Kernel = {
  name: 'record_experts',
  source: recordExpertsSource,
  bindings: { step: 'read', ids: 'read', weights: 'read', record: 'write' },
};

export const sampleRepeats: Kernel = {
  name: 'sample_repeats',
  source: sampleRepeatsSource,
  bindings: {
    state: 'read',
    table: 'read',
    breakers: 'read',
    counts: 'write',
    adjustments: 'write',
    parameters: 'uniform',
  },
};

export const sampleScan: Kernel = {
  name: 'sample_scan',
  source: sampleScanSource,
  bindings: {
    logits: 'read',
    counts: 'read',
    state: 'read',
    chunks: 'write',
    candidates: 'write',
    adjustments: 'read',
    parameters: 'uniform',
  },
};

export const sampleFinish: Kernel = {
  name: 'sample_finish',
  source: sampleFinishSource,
  bindings: {
    chunks: 'read',
    candidates: 'read',
    logits: 'read',
    counts: 'write',
    state: 'write',
    step: 'write',
    result: 'write',
    adjustments: 'read',
    parameters: 'uniform',
  },
};

export const down: Kernel = {
  name: 'down',
  source: downSource,
  bindings: { input: 'read', input_scales: 'read', weight: 'read', ids: 'read', shares: 'read', hidden: 'write' },
};

export const downSlots: Kernel = {
  name: 'down_slots',
  source: downSlotsSource,
  bindings: { input: 'read', input_scales: 'read', weight: 'read', slots: 'read', products: 'write' },
};

export const downTiles: Kernel = {
  name: 'down_tiles',
  source: downTilesSource,
  bindings: downSlots.bindings,
};

export const groupSlots: Kernel = {
  name: 'group_slots',
  source: groupSlotsSource,
  bindings: { step: 'read', ids: 'read', groups: 'write' },
};

export const sumSlots: Kernel = {
  name: 'sum_slots',
  source: sumSlotsSource,
  bindings: { products: 'read', shares: 'read', hidden: 'write' },
};

export const embed: Kernel = {
  name: 'embed',
  source: embedSource,
  bindings: { step: 'read', table: 'read', hidden: 'write' },
};

export const gateUp: Kernel = {
  name: 'gate_up',
  source: gateUpSource,
  bindings: { input: 'read', input_scales: 'read', gate: 'read', up: 'read', slots: 'read', output: 'write' },
};

export const gateUpTiles: Kernel = {
  name: 'gate_up_tiles',
  source: gateUpTilesSource,
  bindings: gateUp.bindings,
};

export const halveRows: Kernel = {
  name: 'halve_rows',
  source: halveRowsSource,
  bindings: { input: 'read', values: 'write' },
};

export const lastRow: Kernel = {
  name: 'last_row',
  source: lastRowSource,
  bindings: { step: 'read', input: 'read', output: 'write' },
};

export const matmul: Kernel = {
  name: 'matmul',
  source: matmulSource,
  bindings: { input: 'read', input_scales: 'read', weight: 'read', output: 'write' },
};

export const matmulTiles: Kernel = {
  name: 'matmul_tiles',
  source: matmulTilesSource,
  bindings: matmul.bindings,
};

export const placeRows: Kernel = {
  name: 'place_rows',
  source: placeRowsSource,
  bindings: { stored: 'read', matrix: 'write' },
};

export const storeQ8_0: Kernel = {
  name: 'store_q8_0',
  source: storeQ8_0Source,
  bindings: { floats: 'read', stored: 'write' },
};

export const storeQ4K: Kernel = {
  name: 'store_q4_k',
  source: storeQ4KSource,
  bindings: { floats: 'read', stored: 'write' },
};

export const quantizeRows: Kernel = {
  name: 'quantize_rows',
  source: quantizeRowsSource,
  bindings: { input: 'read', values: 'write', scales: 'write' },
};

export const embed1token: Kernel = {
  name: 'embed_1token',
  source: embed1tokenSource,
  bindings: { step: 'read', table: 'read', norm: 'read', hidden: 'write', quantized: 'write' },
};

export const foldNorm1token: Kernel = {
  name: 'fold_norm_1token',
  source: foldNorm1tokenSource,
  bindings: { hidden: 'read', norm: 'read', quantized: 'write' },
};

export const project1token: Kernel = {
  name: 'project_1token',
  source: project1tokenSource,
  bindings: { input: 'read', input_scales: 'read', first: 'read', second: 'read', third: 'read', output: 'write' },
};

export const residual1token: Kernel = {
  name: 'residual_1token',
  source: residual1tokenSource,
  bindings: {
    input: 'read',
    input_scales: 'read',
    weight: 'read',
    norm: 'read',
    hidden: 'write',
    quantized: 'write',
  },
};

export const residualRouter1token: Kernel = {
  name: 'residual_router_1token',
  source: residualRouter1tokenSource,
  bindings: { ...residual1token.bindings, router: 'read', logit_words: 'write' },
};

export const router1token: Kernel = {
  name: 'router_1token',
  source: router1tokenSource,
  bindings: { hidden: 'read', norm: 'read', input_scales: 'read', weight: 'read', logits: 'write' },
};

export const gateUp1token: Kernel = {
  name: 'gate_up_1token',
  source: gateUp1tokenSource,
  bindings: {
    input: 'read',
    input_scales: 'read',
    gate: 'read',
    up: 'read',
    router_logits: 'read',
    quantized: 'write',
    ids: 'write',
    weights: 'write',
  },
};

export const down1token: Kernel = {
  name: 'down_1token',
  source: down1tokenSource,
  bindings: {
    input: 'read',
    input_scales: 'read',
    weight: 'read',
    chosen: 'read',
    norm: 'read',
    hidden: 'write',
    quantized: 'write',
    logit_words: 'write',
  },
};

export const attention1token: Kernel = {
  name: 'attention_1token',
  source: attention1tokenSource,
  bindings: {
    qkv: 'read',
    q_norm: 'read',
    k_norm: 'read',
    rope: 'read',
    keys: 'write',
    values: 'write',
    step: 'read',
    attended: 'write',
  },
};

/** Its constants are written before the text (gpu/resident/shape.ts). */
export const residentLayers: Kernel = {
  name: 'resident_layers',
  source: residentLayersSource,
  bindings: {
    exchange: 'write',
    dense: 'read',
    experts: 'read',
    down: 'read',
    kv: 'write',
    rope: 'read',
    step: 'read',
    norms: 'read',
    record: 'write',
    folded: 'write',
    table: 'uniform',
    range: 'uniform',
  },
};

export const residentEnter: Kernel = {
  name: 'resident_enter',
  source: residentEnterSource,
  bindings: { hidden: 'read', norms: 'read', exchange: 'write' },
};
