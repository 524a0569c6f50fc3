// The forward pass of spec 1.3 to 1.5 as naively as it can be written, in f64, sharing no line with the engine.
import type { Qwen3Config } from '../../engine/format/checkpoint.ts';

type Rows = ArrayLike<number>;

const dot = (weight: Rows, row: number, x: number[]) => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += weight[row * x.length + i] * x[i];
  return sum;
};
const product = (weight: Rows, x: number[], firstRow: number, rows: number) =>
  Array.from({ length: rows }, (_, r) => dot(weight, firstRow + r, x));
const norm = (x: number[], weight: Rows, epsilon: number) => {
  const mean = x.reduce((sum, value) => sum + value * value, 0) / x.length;
  return x.map((value, i) => (value / Math.sqrt(mean + epsilon)) * weight[i]);
};
const softmax = (x: number[]) => {
  const largest = Math.max(...x);
  const powers = x.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
};
const silu = (x: number) => x / (1 + Math.exp(-x));
const heads = (x: number[], count: number) => {
  const width = x.length / count;
  return Array.from({ length: count }, (_, head) => x.slice(head * width, (head + 1) * width));
};

/** Spec 1.4, with YaRN as its formulas say. */
function rotate(x: number[], position: number, config: Qwen3Config): number[] {
  const { ropeTheta: theta, yarn } = config;
  const D = x.length;
  const out = x.slice();
  for (let i = 0; i < D / 2; i++) {
    let frequency = theta ** ((-2 * i) / D);
    let m = 1;
    if (yarn) {
      const corr = (r: number) => (D * Math.log(yarn.originalContext / (2 * Math.PI * r))) / (2 * Math.log(theta));
      const low = Math.max(Math.floor(corr(yarn.betaFast)), 0);
      const high = Math.min(Math.ceil(corr(yarn.betaSlow)), D - 1);
      const ramp = Math.min(1, Math.max(0, (i - low) / Math.max(high - low, 0.001)));
      frequency = (1 - ramp) * frequency + (ramp * frequency) / yarn.factor;
      m = 0.1 * Math.log(yarn.factor) + 1;
    }
    const [c, s] = [Math.cos(position * frequency) * m, Math.sin(position * frequency) * m];
    out[i] = x[i] * c - x[i + D / 2] * s;
    out[i + D / 2] = x[i + D / 2] * c + x[i] * s;
  }
  return out;
}

function feedForward(config: Qwen3Config, layer: (name: string) => Float32Array | undefined, h: number[]): number[] {
  const H = config.hiddenSize;
  const router = layer('ffn_gate_inp');
  const expert = (gate: Rows, up: Rows, down: Rows, e: number, width: number) => {
    const ups = product(up, h, e * width, width);
    const act = product(gate, h, e * width, width).map((value, i) => silu(value) * ups[i]);
    return product(down, act, e * H, H);
  };
  if (!router) return expert(layer('ffn_gate')!, layer('ffn_up')!, layer('ffn_down')!, 0, config.intermediateSize);
  const chances = softmax(product(router, h, 0, config.expertCount));
  const chosen = chances
    .map((p, e) => ({ p, e }))
    .sort((a, b) => b.p - a.p || a.e - b.e)
    .slice(0, config.expertsUsed);
  const sum = config.normalizeExpertWeights ? chosen.reduce((total, { p }) => total + p, 0) : 1;
  const y = new Array<number>(H).fill(0);
  for (const { p, e } of chosen) {
    const width = config.expertIntermediateSize;
    const out = expert(layer('ffn_gate_exps')!, layer('ffn_up_exps')!, layer('ffn_down_exps')!, e, width);
    for (let i = 0; i < H; i++) y[i] += ((p * config.routedScale) / sum) * out[i];
  }
  return y;
}

/** Logits of every position, [tokens][vocabulary]. */
export function referenceLogits(
  config: Qwen3Config,
  weights: ReadonlyMap<string, Float32Array>,
  tokens: number[],
): number[][] {
  const { hiddenSize: H, headCount, kvHeadCount, headDim: D, normEpsilon: eps } = config;
  const get = (name: string) => weights.get(`${name}.weight`)!;
  const cache = Array.from({ length: config.layerCount }, () => ({ k: [] as number[][][], v: [] as number[][][] }));
  return tokens.map((token, position) => {
    let x = [...get('token_embd').subarray(token * H, (token + 1) * H)];
    for (let n = 0; n < config.layerCount; n++) {
      const layer = (name: string) => weights.get(`blk.${n}.${name}.weight`);
      const h = norm(x, layer('attn_norm')!, eps);
      const turn = (head: number[], weight: Rows) => rotate(norm(head, weight, eps), position, config);
      const q = heads(product(layer('attn_q')!, h, 0, headCount * D), headCount);
      const k = heads(product(layer('attn_k')!, h, 0, kvHeadCount * D), kvHeadCount);
      cache[n].k.push(k.map((head) => turn(head, layer('attn_k_norm')!)));
      cache[n].v.push(heads(product(layer('attn_v')!, h, 0, kvHeadCount * D), kvHeadCount));
      const attended = q.flatMap((head, i) => {
        const j = Math.floor(i / (headCount / kvHeadCount));
        const query = turn(head, layer('attn_q_norm')!);
        const a = softmax(cache[n].k.map((key) => dot(key[j], 0, query) / Math.sqrt(D)));
        return query.map((_, d) => a.reduce((sum, share, u) => sum + share * cache[n].v[u][j][d], 0));
      });
      const out = product(layer('attn_output')!, attended, 0, H);
      x = x.map((value, i) => value + out[i]);
      const y = feedForward(config, layer, norm(x, layer('ffn_norm')!, eps));
      x = x.map((value, i) => value + y[i]);
    }
    const head = weights.get('output.weight') ?? get('token_embd');
    return product(head, norm(x, get('output_norm'), eps), 0, config.vocabularySize);
  });
}
