// Every kernel by name: its text and its bindings in order (the one place that names them). Shapes and dispatch stand at the
// top of each .wgsl; how many workgroups a run takes is decided where it is dispatched (gpu/ops).
import down from './down.wgsl?raw';
import embed from './embed.wgsl?raw';
import gateUp from './gate_up.wgsl?raw';
import lastRow from './last_row.wgsl?raw';
import matmul from './matmul.wgsl?raw';
import quantizeRows from './quantize_rows.wgsl?raw';
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

export const sampleScan: Kernel = {
  name: 'sample_scan',
  source: sampleScanSource,
  bindings: {
    logits: 'read',
    counts: 'read',
    state: 'read',
    summaries: 'write',
    selection: 'write',
    parameters: 'uniform',
  },
};

export const sampleSelect: Kernel = {
  name: 'sample_select',
  source: sampleSelectSource,
  bindings: {
    logits: 'read',
    counts: 'read',
    summaries: 'read',
    selection: 'write',
    parameters: 'uniform',
    pass: 'uniform',
  },
};

export const sampleRace: Kernel = {
  name: 'sample_race',
  source: sampleRaceSource,
  bindings: {
    logits: 'read',
    counts: 'read',
    state: 'read',
    selection: 'write',
    summaries: 'write',
    parameters: 'uniform',
  },
};

export const sampleAlternatives: Kernel = {
  name: 'sample_alternatives',
  source: sampleAlternativesSource,
  bindings: { logits: 'read', best: 'write', parameters: 'uniform' },
};

export const sampleFinish: Kernel = {
  name: 'sample_finish',
  source: sampleFinishSource,
  bindings: {
    summaries: 'read',
    best: 'read',
    logits: 'read',
    counts: 'write',
    state: 'write',
    step: 'write',
    result: 'write',
    parameters: 'uniform',
  },
};

export const kernels = {
  embed: {
    name: 'embed',
    source: embed,
    bindings: { step: 'read', table: 'read', hidden: 'write' },
  },
  quantizeRows: {
    name: 'quantize_rows',
    source: quantizeRows,
    bindings: { input: 'read', values: 'write', scales: 'write' },
  },
  matmul: {
    name: 'matmul',
    source: matmul,
    bindings: { input: 'read', input_scales: 'read', weight: 'read', output: 'write' },
  },
  gateUp: {
    name: 'gate_up',
    source: gateUp,
    bindings: { input: 'read', input_scales: 'read', gate: 'read', up: 'read', slots: 'read', output: 'write' },
  },
  down: {
    name: 'down',
    source: down,
    bindings: { input: 'read', input_scales: 'read', weight: 'read', ids: 'read', shares: 'read', hidden: 'write' },
  },
  lastRow: {
    name: 'last_row',
    source: lastRow,
    bindings: { step: 'read', input: 'read', output: 'write' },
  },
} as const satisfies Record<string, Kernel>;
