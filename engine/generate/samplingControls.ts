// The numbers that a user may turn, as data: one list for the checks, the terminal's options and any panel. What the values
// do stands in sampling.ts and in the steps of the chain (cpu/chain.ts).

export interface NumberControl {
  readonly key: string;
  readonly name: string;
  /** Of the terminal, without the dashes. */
  readonly option: string;
  /** One line for a person. */
  readonly summary: string;
  readonly least: number;
  readonly most: number;
  /** The least value is itself out of range. */
  readonly aboveLeast?: true;
  /** The largest value is itself out of range. */
  readonly belowMost?: true;
  readonly whole?: true;
  /** null is a value too, and says this. */
  readonly nullMeans?: string;
  /** The value at which the control does nothing, or the customary one where another control switches it off. */
  readonly neutral: number | null;
  /** A useful change, for sliders and arrow keys. */
  readonly step: number;
  /** Greedy heeds it, too. */
  readonly whenGreedy?: true;
}

const most32 = 2 ** 32 - 1;
const everything = 'the whole context';

/** In the order of the chain. */
export const samplingControls = [
  {
    key: 'temperature',
    name: 'Temperature',
    option: 'temperature',
    summary: 'Below 1 favours likely tokens, above 1 evens the odds.',
    least: 0,
    aboveLeast: true,
    most: 100,
    neutral: 1,
    step: 0.05,
  },
  {
    key: 'dynamicTemperatureRange',
    name: 'Dynamic temperature range',
    option: 'dynatemp-range',
    summary: 'Lets the temperature move by so much up and down with the uncertainty of the model.',
    least: 0,
    most: 100,
    neutral: 0,
    step: 0.05,
  },
  {
    key: 'dynamicTemperatureExponent',
    name: 'Dynamic temperature exponent',
    option: 'dynatemp-exponent',
    summary: 'How the uncertainty bends the dynamic temperature; 1 is a straight line.',
    least: 0,
    aboveLeast: true,
    most: 10,
    neutral: 1,
    step: 0.1,
  },
  {
    key: 'topK',
    name: 'Top K',
    option: 'top-k',
    summary: 'Keeps this many of the most likely tokens; 0 keeps all.',
    least: 0,
    most: 2 ** 31,
    whole: true,
    neutral: 0,
    step: 1,
  },
  {
    key: 'typicalP',
    name: 'Typical P',
    option: 'typical-p',
    summary: 'Keeps the tokens whose surprise is closest to the expected one, up to this mass; 1 keeps all.',
    least: 0,
    aboveLeast: true,
    most: 1,
    neutral: 1,
    step: 0.01,
  },
  {
    key: 'topP',
    name: 'Top P',
    option: 'top-p',
    summary: 'Keeps the most likely tokens that together reach this mass; 1 keeps all.',
    least: 0,
    aboveLeast: true,
    most: 1,
    neutral: 1,
    step: 0.01,
  },
  {
    key: 'minP',
    name: 'Min P',
    option: 'min-p',
    summary: 'Drops tokens less likely than this share of the likeliest one; 0 drops none.',
    least: 0,
    most: 1,
    belowMost: true,
    neutral: 0,
    step: 0.01,
  },
  {
    key: 'xtcProbability',
    name: 'XTC probability',
    option: 'xtc-probability',
    summary: 'How often the likeliest tokens are left out so that a less obvious one gets its turn; 0 is never.',
    least: 0,
    most: 1,
    neutral: 0,
    step: 0.05,
  },
  {
    key: 'xtcThreshold',
    name: 'XTC threshold',
    option: 'xtc-threshold',
    summary: 'XTC leaves out all tokens at least this likely but for the last of them; above 0.5 it does nothing.',
    least: 0,
    aboveLeast: true,
    most: 1,
    neutral: 0.1,
    step: 0.01,
  },
  {
    key: 'minKeep',
    name: 'Min keep',
    option: 'min-keep',
    summary: 'No step leaves fewer tokens than this to draw from.',
    least: 1,
    most: 1000,
    whole: true,
    neutral: 1,
    step: 1,
  },
  {
    key: 'repetitionPenalty',
    name: 'Repetition penalty',
    option: 'repetition-penalty',
    summary: 'Above 1 makes tokens that prompt or answer hold less likely.',
    least: 0,
    aboveLeast: true,
    most: 100,
    neutral: 1,
    step: 0.01,
    whenGreedy: true,
  },
  {
    key: 'repetitionWindow',
    name: 'Repetition window',
    option: 'repetition-window',
    summary: 'How many of the last tokens the repetition penalty looks at.',
    least: 1,
    most: 2 ** 31,
    whole: true,
    nullMeans: everything,
    neutral: null,
    step: 16,
    whenGreedy: true,
  },
  {
    key: 'presencePenalty',
    name: 'Presence penalty',
    option: 'presence-penalty',
    summary: 'Above 0 makes tokens that the answer holds less likely, once.',
    least: -2,
    most: 2,
    neutral: 0,
    step: 0.1,
    whenGreedy: true,
  },
  {
    key: 'frequencyPenalty',
    name: 'Frequency penalty',
    option: 'frequency-penalty',
    summary: 'Above 0 makes tokens less likely with each time that the answer holds them.',
    least: -2,
    most: 2,
    neutral: 0,
    step: 0.1,
    whenGreedy: true,
  },
  {
    key: 'presenceWindow',
    name: 'Presence and frequency window',
    option: 'presence-window',
    summary: 'How many of the last tokens the presence and frequency penalties look at.',
    least: 1,
    most: 2 ** 31,
    whole: true,
    nullMeans: everything,
    neutral: null,
    step: 16,
    whenGreedy: true,
  },
  {
    key: 'dryMultiplier',
    name: 'DRY multiplier',
    option: 'dry-multiplier',
    summary: 'Holds back tokens that would go on repeating an earlier passage; 0 is off.',
    least: 0,
    most: 100,
    neutral: 0,
    step: 0.1,
    whenGreedy: true,
  },
  {
    key: 'dryBase',
    name: 'DRY base',
    option: 'dry-base',
    summary: 'By which the DRY penalty grows with each further repeated token.',
    least: 1,
    most: 10,
    neutral: 1.75,
    step: 0.05,
    whenGreedy: true,
  },
  {
    key: 'dryAllowedLength',
    name: 'DRY allowed length',
    option: 'dry-allowed-length',
    summary: 'Repeated passages shorter than this cost nothing.',
    least: 1,
    most: 1000,
    whole: true,
    neutral: 2,
    step: 1,
    whenGreedy: true,
  },
  {
    key: 'dryWindow',
    name: 'DRY window',
    option: 'dry-window',
    summary: 'How many of the last tokens DRY looks at.',
    least: 1,
    most: 2 ** 31,
    whole: true,
    nullMeans: everything,
    neutral: null,
    step: 16,
    whenGreedy: true,
  },
  {
    key: 'seed',
    name: 'Seed',
    option: 'seed',
    summary: 'The same seed gives the same answer.',
    least: 0,
    most: most32,
    whole: true,
    nullMeans: 'a new one for every answer',
    neutral: null,
    step: 1,
  },
  {
    key: 'maxTokens',
    name: 'Max tokens',
    option: 'max-tokens',
    summary: 'The answer ends after so many tokens.',
    least: 1,
    most: 2 ** 31,
    whole: true,
    nullMeans: 'as many as the context holds',
    neutral: null,
    step: 16,
    whenGreedy: true,
  },
] as const satisfies readonly NumberControl[];

export type NumberKey = (typeof samplingControls)[number]['key'];

/** What a control takes, to follow "must be". */
export function rangeOf({ least, most, aboveLeast, belowMost, whole, nullMeans }: NumberControl): string {
  const kind = whole ? 'a whole number, ' : '';
  const from = aboveLeast ? `above ${least}` : `at least ${least}`;
  const range = most === 2 ** 31 ? from : `${from} and ${belowMost ? 'below' : 'at most'} ${most}`;
  return `${kind}${range}${nullMeans === undefined ? '' : `, or nothing for ${nullMeans}`}`;
}

/** True when the control takes the value. */
export function takes(control: NumberControl, value: unknown): boolean {
  const { least, most, aboveLeast, belowMost, whole, nullMeans } = control;
  if (value === null) return nullMeans !== undefined;
  if (typeof value !== 'number' || !(aboveLeast ? value > least : value >= least)) return false;
  return (belowMost ? value < most : value <= most) && (!whole || Number.isInteger(value));
}
