// The part of the help that the list of controls writes.
import { defaultOrder } from '../../generate/sampling.ts';
import { samplingControls } from '../../generate/samplingControls.ts';

export function samplingUsage(): string {
  const lines: [option: string, summary: string][] = [
    ...samplingControls.map(({ option, summary }): [string, string] => [`${option} N`, summary]),
    ['logit-bias TEXT=N', 'Adds to the logits of the tokens of a text; again for further texts.'],
    ['stop TEXT', 'Ends the answer before the text; again for further texts.'],
    ['dry-breaker TEXT', 'DRY sees no repeat across the text; again for further texts.'],
    ['order A,B,C', `Order of the steps: ${defaultOrder.join(',')}.`],
  ];
  return lines.map(([option, summary]) => `    --${option.padEnd(24)} ${summary}`).join('\n');
}
