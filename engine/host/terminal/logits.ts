// `logits --model FILE --tokens 1,2,3 --out F`: float32, little-endian, [tokens, vocabulary], every position.
import { open } from 'node:fs/promises';
import { EngineError } from '../../errors.ts';
import { checkPrompt } from '../../generate/prefill.ts';
import { allLogits } from '../../generate/allLogits.ts';
import { loadEngine, modelOptions, parse, tokensOf } from './options.ts';

export async function logits(args: string[]): Promise<void> {
  const { values } = parse(args, { ...modelOptions, tokens: { type: 'string' }, out: { type: 'string' } });
  if (!values.tokens || !values.out) throw new EngineError('source-failed', 'Name --tokens 1,2,3 and --out FILE.');
  const tokens = tokensOf(values.tokens);
  const { engine, model } = await loadEngine(values);
  checkPrompt(tokens, model.vocabularySize, model.contextLength);
  const file = await open(values.out, 'w');
  try {
    for await (const row of allLogits(engine.session, tokens)) await file.write(new Uint8Array(row.buffer));
  } finally {
    await file.close();
  }
  const result = { tokens: tokens.length, vocabulary: model.vocabularySize, out: values.out };
  console.log(
    values.json ? JSON.stringify(result) : `${tokens.length} x ${model.vocabularySize} logits in ${values.out}`,
  );
}
