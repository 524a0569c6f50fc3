// What is known of a generated token: its log-probabilities, the alternatives, the experts that were at work.

/** One generated token, with the log-probabilities of spec 5.4; natural logarithms. */
export interface TokenInfo {
  id: number;
  /** Under the model's own distribution: softmax of the raw logits. */
  logprob: number;
  /** Under the distribution that was drawn from: after bias, penalties, temperature and truncation; 0 for greedy. */
  sampledLogprob: number;
  /** The most likely tokens under the raw logits, most likely first; `text` where the model has a tokenizer. */
  alternatives: { id: number; logprob: number; text?: string }[];
  /** Not drawn: written in its place when the thinking budget was used up. */
  forced?: true;
  /** Only when asked for, in a model with experts. */
  experts?: TokenExperts;
}

/**
 * What each MoE layer chose in the step that drew the token, that is while it read the token before: [layers, used] each,
 * best first; dense layers are left out. Weights as they are used, after renormalisation and scaling.
 */
export interface TokenExperts {
  layers: number;
  used: number;
  ids: Uint16Array;
  weights: Float32Array;
}

/** What the two mean, for files and JSON that hold both. */
export const logprobConvention = {
  logprob:
    "natural logarithm of the token's probability before the sampler: softmax of the raw logits, before bias, penalties, temperature and truncation",
  sampledLogprob:
    "natural logarithm of the token's probability after the sampler: under the distribution that it was drawn from; 0 for greedy",
} as const;
