// A model of a few kilobytes that thinks when its template lets it: what it says next follows from the last token alone.
// Thinking, it says `<think>hmM!</think>` and then "ok"; told not to, "ok" at once.
import { writeGguf, type GgufTensorInput } from './gguf.ts';
import { randomNumbers } from './randomModel.ts';
import { tinyMetadata, tinySize, tinyTensors, tinyTokenizer } from './tinyModel.ts';

/** The mark after the assistant's name opens a thought; the empty thought of `enable_thinking` false leads past it. */
const chatTemplate = [
  '{%- for message in messages -%}',
  "{%- set said = message.content.split('</think>')[-1] if message.role == 'assistant' else message.content -%}",
  "{{- '<|im_start|>' + message.role + '\\n' + said + '<|im_end|>\\n' -}}",
  '{%- endfor -%}',
  '{%- if add_generation_prompt -%}',
  "{{- '<|im_start|>assistant:' -}}",
  "{%- if enable_thinking is defined and not enable_thinking -%}{{- '<think></think>\\n' -}}{%- endif -%}",
  '{%- endif -%}',
].join('');

/** From each token to the next; all others may follow anything. */
const chain = [':', '<think>', 'h', 'm', 'M', '!', '</think>', 'Ċ', 'o', 'k', '<|im_end|>'];

export function tinyThinkerGguf(): Uint8Array {
  const { hidden, vocabulary } = tinySize;
  const random = randomNumbers(11);
  // Signs: a root mean square of 1, so that the last norm changes nothing.
  const embeddings = Float32Array.from({ length: vocabulary * hidden }, () => Math.sign(random()) || 1);
  const head = new Float32Array(vocabulary * hidden);
  chain.slice(1).forEach((token, place) => {
    const from = tinyTokenizer.tokens.indexOf(chain[place]) * hidden;
    const to = tinyTokenizer.tokens.indexOf(token) * hidden;
    for (let i = 0; i < hidden; i++) head[to + i] += embeddings[from + i] / 2;
  });
  const given: Record<string, GgufTensorInput> = {
    'token_embd.weight': { name: 'token_embd.weight', type: 'F32', dims: [hidden, vocabulary], data: embeddings },
    'output_norm.weight': {
      name: 'output_norm.weight',
      type: 'F32',
      dims: [hidden],
      data: new Float32Array(hidden).fill(1),
    },
  };
  const tensors = tinyTensors().map((tensor) => given[tensor.name] ?? tensor);
  tensors.push({ name: 'output.weight', type: 'F32', dims: [hidden, vocabulary], data: head });
  const metadata = { ...tinyMetadata(), 'general.name': 'Thinker', 'tokenizer.chat_template': chatTemplate };
  return writeGguf({ metadata, tensors });
}
