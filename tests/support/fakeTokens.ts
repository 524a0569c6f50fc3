// Tokens as a model would report them: probabilities, alternatives and experts that follow from the place alone.
import { activeSteps, type NextTokenDistribution, type FullSampling, type TokenInfo } from '../../engine/protocol.ts';

const others = [' salt', ' the', ' water', ',', ' a', ' and', ' sea'];
const layers = 8;
const used = 4;
const experts = 32;

/** Probabilities from 0.96 down to 0.04; every fifth token was not the likeliest. */
export function fakeToken(text: string, place: number, wanted: { alternatives: number; experts?: boolean }): TokenInfo {
  const probability = 0.04 + 0.92 * Math.abs(Math.cos(place * 1.3));
  const second = place % 5 === 4;
  const logprob = Math.log(second ? probability * 0.4 : probability);
  const own = { id: 100 + place, logprob, text };
  const rest = others.map((other, at) => ({
    id: 1000 + at,
    logprob: Math.log(
      ((at === 0 && second ? 2 : 0.5) * (second ? probability * 0.4 : Math.min(probability, 1 - probability))) /
        2 ** at,
    ),
    text: other,
  }));
  const alternatives = [own, ...rest].sort((a, b) => b.logprob - a.logprob).slice(0, wanted.alternatives);
  const token: TokenInfo = { id: own.id, logprob, sampledLogprob: logprob / 2, alternatives };
  if (wanted.experts) token.experts = fakeExperts(place);
  return token;
}

function fakeExperts(place: number): NonNullable<TokenInfo['experts']> {
  const at = (index: number) => Math.floor(index / used);
  return {
    layers,
    used,
    ids: Uint16Array.from(
      { length: layers * used },
      (_, index) => (place * 7 + at(index) * 5 + (index % used) * 9) % experts,
    ),
    weights: Float32Array.from({ length: layers * used }, (_, index) => {
      const first = 0.3 + 0.6 * Math.abs(Math.sin(place + at(index)));
      return index % used === 0 ? first : (1 - first) / (used - 1);
    }),
  };
}

/** Halves from token to token; every step keeps fewer of them. */
export function fakeDistribution(sampling: FullSampling, most: number): NextTokenDistribution {
  const raw = Array.from({ length: most }, (_, place) => 0.5 ** (place + 1));
  const stages: NextTokenDistribution['stages'] = [{ stage: 'raw', kept: 16_384, probabilities: raw }];
  let weights = raw;
  activeSteps(sampling).forEach((stage, at) => {
    const kept = stage === 'temperature' ? 16_384 : Math.max(3, 12 - 3 * at);
    weights = weights.map((one, place) => (place < kept ? one : 0));
    if (stage === 'temperature') weights = weights.map((one) => one ** (1 / sampling.temperature));
    const mass = weights.reduce((sum, one) => sum + one, 0);
    stages.push({ stage, kept, probabilities: weights.map((one) => one / mass) });
  });
  const tokens = raw.map((_, place) => ({ id: 1000 + place, text: others[place % others.length] }));
  return { tokens, stages };
}
