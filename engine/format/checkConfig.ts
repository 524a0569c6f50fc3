// What must hold between hyperparameters, whichever file said them.
import { EngineError } from '../errors.ts';
import type { Qwen3Config } from './checkpoint.ts';

/** @throws EngineError `bad-metadata` naming what does not fit. */
export function checkConfig(config: Qwen3Config): Qwen3Config {
  const rules: [boolean, string][] = [
    [config.headCount % config.kvHeadCount === 0, 'its query heads are no multiple of its key/value heads'],
    [config.headDim % 2 === 0, 'the width of its heads is odd'],
    [config.layerCount <= 1024 && config.headCount <= 4096, 'it has more layers or heads than any model'],
    [config.expertCount <= 4096, 'it has more experts than any model'],
    [config.normEpsilon > 0 && config.normEpsilon < 1, 'the epsilon of its norms is out of range'],
    [config.ropeTheta > 1, 'its RoPE base is out of range'],
    [config.expertsUsed <= config.expertCount, 'it uses more experts than it has'],
    [config.expertCount === 0 || config.expertIntermediateSize > 0, 'its experts have no width'],
    [config.routedScale > 0, 'the scale of its experts is out of range'],
    [!config.yarn || (config.yarn.factor >= 1 && config.yarn.factor <= 1024), 'its YaRN factor is out of range'],
    [!config.yarn || config.yarn.betaFast >= config.yarn.betaSlow, 'its YaRN limits are the wrong way round'],
    [!config.yarn || config.yarn.betaSlow > 0, 'its YaRN limits are out of range'],
    [!config.yarn || (config.yarn.attentionFactor ?? 1) > 0, 'its YaRN attention factor is out of range'],
  ];
  for (const [holds, complaint] of rules)
    if (!holds) throw new EngineError('bad-metadata', `This model cannot be run: ${complaint}.`);
  return config;
}
