// Load a GGUF with node-llama-cpp (CPU) and compare token ids and greedy continuations with golden.json,
// or chat with it.   usage: node check_llama.mjs PATH_OF_node-llama-cpp MODEL.gguf golden.json [q8_0|bf16]
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
const [, , lib, model, golden, kind = 'q8_0'] = process.argv;
const { getLlama } = await import(pathToFileURL(lib + '/dist/index.js').href);
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'warn', skipDownload: true });
const m = await llama.loadModel({ modelPath: model });
console.log('loaded', m.fileInfo.metadata.general.name, m.size, 'train ctx', m.trainContextSize);
const c = await m.createContext({ contextSize: 1024, threads: availableParallelism() });
const g = JSON.parse(readFileSync(golden, 'utf8'));
let okTok = 0,
  okGreedy = 0;
const seq = c.getSequence();
for (const p of g.prompts) {
  const text = p.text ?? '';
  const ids = m.tokenize(text, true);
  const same = JSON.stringify(ids) === JSON.stringify(p.ids);
  okTok += same;
  await seq.clearHistory();
  const out = [];
  for await (const t of seq.evaluate(p.ids, { temperature: 0, yieldEogToken: true })) {
    out.push(t);
    if (out.length >= 40) break;
  }
  const ref = p[kind].greedy_ids;
  let k = 0;
  while (k < out.length && out[k] === ref[k]) k++;
  okGreedy += k >= out.length;
  console.log(
    same ? 'ids ok' : 'ids differ',
    `greedy: first ${k} of ${out.length} equal`,
    JSON.stringify(m.detokenize(out, true)).slice(0, 160),
  );
}
console.log(`token ids equal: ${okTok}/${g.prompts.length}, greedy equal: ${okGreedy}/${g.prompts.length}`);
process.exit(0);
