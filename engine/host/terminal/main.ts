// The terminal front end: the same engine on Dawn (or the CPU), one command a file. `npm run -s engine -- help` lists them.
import { EngineError, toErrorData } from '../../errors.ts';
import { bench } from './bench/bench.ts';
import { chat } from './chat.ts';
import { generate } from './generate.ts';
import { inspect } from './inspect.ts';
import { logits } from './logits.ts';
import { tune } from './tune.ts';
import { samplingUsage } from './samplingUsage.ts';

const usage = `usage: npm run -s engine -- COMMAND

  inspect FILE                                what a model file holds, and the memory it takes
           [--context N] [--kv f32|f16|q8] [--quantize q8_0|q4_k] [--memory GB] [--json]
  logits   --model FILE --tokens 1,2,3 --out F  float32 logits of every position, [tokens, vocabulary]
  generate --model FILE --prompt TEXT         one answer
           [--system TEXT] [--raw] [--tokens 1,2,3] [--thinking on|off]
           [--thinking-budget N] [--context-policy stop|dropOldest] [--answer 1,2,3]
           [--logprobs N] [--experts] [--greedy] [sampling as below] [--json]
  chat     --model FILE [--system TEXT] [sampling as below]
  bench    --model FILE [--depths 0,2048,16384] [--prompt-tokens 512,2048] [--max-tokens N] [--runs N] [--quiet S]
           [--sampling race,truncated,greedy] [--experts] [--profile] [--profile-depth N] [--json]
           [--steps-ahead N] [--steps-together N]
  tune     --model FILE [--level off|cached|missing|retune] [--tuning-file FILE] [--json]

  sampling:
${samplingUsage()}

  FILE is a GGUF file (any part of a split one) or a Hugging Face folder.
  Everywhere: [--context N] [--backend auto|gpu|cpu] [--activations auto|int8|float] [--resident auto|on|off]
              [--kv f32|f16|q8]                what keys and values are kept as; f16 on hardware, else f32
              [--quantize q8_0|q4_k]           BF16, F16 and F32 weights as this, while they load
              [--tuning off|cached|missing|retune] [--tuning-file FILE]`;

const commands: Record<string, (args: string[]) => Promise<void>> = { inspect, logits, generate, chat, bench, tune };

const [name = 'help', ...args] = process.argv.slice(2);
const command = commands[name];
if (!command) {
  (name === 'help' ? console.log : console.error)(usage);
  process.exit(name === 'help' ? 0 : 2);
}
try {
  await command(args);
  // Dawn's threads would keep the process alive. The code is the command's, where it has set one.
  process.exit();
} catch (error) {
  const data = toErrorData(error);
  const wrongUse = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (wrongUse) console.error(`${error.message}\n\n${usage}`);
  else if (args.includes('--json')) console.log(JSON.stringify({ error: data }));
  else
    console.error(
      `${data.message} [${data.code}]${error instanceof EngineError || !data.detail ? '' : `\n${data.detail}`}`,
    );
  process.exit(wrongUse ? 2 : 1);
}
