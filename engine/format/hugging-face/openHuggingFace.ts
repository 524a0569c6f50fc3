// A Hugging Face folder as a checkpoint: config.json, safetensors (one file or an index) and, where there, the tokenizer, chat
// template and generation_config.json.
import { EngineError } from '../../errors.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { checkConfig } from '../checkConfig.ts';
import { checkTensors } from '../checkTensors.ts';
import { endTokens } from '../endTokens.ts';
import { Fields, isJsonObject } from '../fields.ts';
import { quantizationOfTensors } from '../quantization.ts';
import { samplingOfHuggingFace } from '../recommendedSampling.ts';
import type { ModelFiles } from '../source.ts';
import { readHuggingFaceConfig, type HuggingFaceConfig } from './config.ts';
import { readSafetensors, type SafetensorsTensor } from './safetensors.ts';
import { nameTensors } from './tensors.ts';
import { readHuggingFaceTokenizer } from './tokenizerData.ts';

const longestText = 64 * 2 ** 20;

export async function openHuggingFace(files: ModelFiles): Promise<Checkpoint> {
  const configJson = (await readJson(files, 'config.json')) ?? {};
  const described = readHuggingFaceConfig(Fields.ofJson(configJson));
  const config = checkConfig(described.config);
  const tensors = nameTensors(await readAllSafetensors(files), config, described.tiedHead);
  checkTensors(config, tensors);
  checkAgreement(described, tensors);

  const tokenizerJson = await readJson(files, 'tokenizer.json');
  const tokenizer = tokenizerJson ? readHuggingFaceTokenizer(tokenizerJson, config.vocabularySize) : null;
  const generation = (await readJson(files, 'generation_config.json')) ?? {};
  const named = [...idsOf(configJson['eos_token_id']), ...idsOf(generation['eos_token_id'])];
  return {
    name: nameOf(configJson, described),
    config,
    tensors,
    tokenizer,
    chatTemplate: await readChatTemplate(files),
    endTokenIds: endTokens(named, tokenizer, config.vocabularySize),
    recommendedSampling: samplingOfHuggingFace(Fields.ofJson(generation)),
    byteLength: [...tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
    quantization: quantizationOfTensors(tensors.values()),
  };
}

async function readAllSafetensors(files: ModelFiles): Promise<SafetensorsTensor[]> {
  const index = await readJson(files, 'model.safetensors.index.json');
  const weightMap = index && isJsonObject(index['weight_map']) ? index['weight_map'] : undefined;
  if (index && !weightMap) throw new EngineError('bad-tensors', 'model.safetensors.index.json has no weight_map.');
  const fileNames = weightMap ? [...new Set(Object.values(weightMap).map(String))] : unindexedFiles(files);
  if (fileNames.length === 0) throw new EngineError('not-a-model', 'This folder has no safetensors file.');
  const tensors: SafetensorsTensor[] = [];
  for (const fileName of fileNames) {
    if (!files.names.includes(fileName))
      throw new EngineError('truncated', `The folder is incomplete: ${fileName} is missing.`);
    const inFile = await readSafetensors(files.open(fileName));
    tensors.push(...inFile.filter(({ name }) => !weightMap || weightMap[name] === fileName));
  }
  const names = new Set(tensors.map(({ name }) => name));
  const missing = Object.keys(weightMap ?? {}).find((name) => !names.has(name));
  if (missing !== undefined)
    throw new EngineError('bad-tensors', `The index names the tensor ${missing}, which its file does not have.`);
  return tensors;
}

/** Other safetensors files beside model.safetensors are not of the model. */
const unindexedFiles = ({ names }: ModelFiles): string[] =>
  names.includes('model.safetensors') ? ['model.safetensors'] : names.filter((name) => name.endsWith('.safetensors'));

/** The configuration and the tensors must agree on the head and on which layers are sparse. */
function checkAgreement(described: HuggingFaceConfig, tensors: ReadonlyMap<string, unknown>): void {
  const { config, tiedHead, isSparse } = described;
  if (!tiedHead && !tensors.has('output.weight'))
    throw new EngineError('bad-tensors', 'The model is incomplete: it lacks the tensor lm_head.weight.');
  for (let layer = 0; layer < config.layerCount; layer++)
    if (tensors.has(`blk.${layer}.ffn_gate_inp.weight`) !== isSparse(layer))
      throw new EngineError(
        'bad-tensors',
        `config.json says that layer ${layer} ${isSparse(layer) ? 'has' : 'has no'} experts; its tensors say otherwise.`,
      );
}

/** chat_template.jinja, or the `chat_template` of tokenizer_config.json: a text or a list of named ones. */
async function readChatTemplate(files: ModelFiles): Promise<string | null> {
  const jinja = await readText(files, 'chat_template.jinja');
  if (jinja !== null) return jinja;
  const template = (await readJson(files, 'tokenizer_config.json'))?.['chat_template'];
  if (typeof template === 'string') return template;
  const named = Array.isArray(template) ? template.filter(isJsonObject) : [];
  const chosen = (named.find(({ name }) => name === 'default') ?? named[0])?.['template'];
  return typeof chosen === 'string' ? chosen : null;
}

function idsOf(value: unknown): number[] {
  const ids: unknown[] = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  if (!ids.every((id) => Number.isInteger(id) && Number(id) >= 0))
    throw new EngineError('bad-metadata', '"eos_token_id" must be a token or a list of tokens.');
  return ids as number[];
}

function nameOf(configJson: Record<string, unknown>, { config }: HuggingFaceConfig): string {
  const path = configJson['_name_or_path'];
  const name = typeof path === 'string' ? path.split(/[\\/]/).pop() : '';
  return name || (config.expertCount > 0 ? 'Qwen3 MoE' : 'Qwen3');
}

async function readJson(files: ModelFiles, name: string): Promise<Record<string, unknown> | null> {
  const text = await readText(files, name);
  if (text === null) return null;
  try {
    const json: unknown = JSON.parse(text);
    if (isJsonObject(json)) return json;
  } catch {
    // Both ways of being no JSON object end in the refusal below.
  }
  throw new EngineError('bad-metadata', `${name} is not a JSON object.`);
}

async function readText(files: ModelFiles, name: string): Promise<string | null> {
  if (!files.names.includes(name)) return null;
  const source = files.open(name);
  if (source.byteLength > longestText) throw new EngineError('bad-metadata', `${name} is too long to be read.`);
  return new TextDecoder().decode(await source.read(0, source.byteLength));
}
