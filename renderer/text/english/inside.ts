// What the window says of sampling beyond the basic controls, of probabilities, of experts and of the context.

export const moreControls = {
  dynamicTemperatureRange: {
    name: 'Dynamic temperature range',
    hint: 'Moves the temperature by so much, up when the model is unsure.',
  },
  dynamicTemperatureExponent: {
    name: 'Dynamic temperature exponent',
    hint: 'How unsureness bends that movement; 1 is a straight line.',
  },
  typicalP: { name: 'Typical P', hint: 'Keeps the tokens that surprise about as much as expected, up to this share.' },
  xtcProbability: { name: 'XTC probability', hint: 'How often the most obvious tokens are left out.' },
  xtcThreshold: { name: 'XTC threshold', hint: 'Tokens this likely count as obvious; the last of them stays.' },
  minKeep: { name: 'Min keep', hint: 'No step leaves fewer tokens than this.' },
  repetitionWindow: { name: 'Repetition window', hint: 'How many of the last tokens the repetition penalty sees.' },
  presenceWindow: {
    name: 'Presence and frequency window',
    hint: 'How many of the last tokens these two penalties see.',
  },
  dryMultiplier: { name: 'DRY multiplier', hint: 'Holds back tokens that would go on repeating an earlier passage.' },
  dryBase: { name: 'DRY base', hint: 'How fast that grows with each further repeated token.' },
  dryAllowedLength: { name: 'DRY allowed length', hint: 'Repeats shorter than this cost nothing.' },
  dryWindow: { name: 'DRY window', hint: 'How many of the last tokens DRY looks at.' },
};

export const moreSampling = {
  truncated: 'Truncated',
  drawNote: 'Draws from all tokens by their probability; none is dropped first.',
  more: 'More',
  groups: {
    thinking: 'Thinking',
    temperature: 'Temperature',
    truncation: 'Truncation',
    repetition: 'Repetition',
    texts: 'Words and order',
  },
  all: 'all',
  dryBreakers: { name: 'DRY breakers', hint: 'Texts that no repeat reaches across, one a line; \\n is a line break.' },
  stopStrings: {
    name: 'Stop strings',
    hint: 'The answer ends before any of these, one a line, at most 8; \\n is a line break.',
  },
  logitBias: {
    name: 'Logit bias',
    hint: 'One a line: a number from −100 to 100, a space, then the text whose tokens it is added to.',
    wrong: (line: string) => `“${line}” is not a number, a space and a text.`,
  },
  order: {
    name: 'Order of the steps',
    hint: 'Each step works on what the one before left.',
    earlier: (step: string) => `Move ${step} earlier`,
    steps: {
      raw: 'Model',
      logitBias: 'Logit bias',
      penalties: 'Penalties',
      dry: 'DRY',
      temperature: 'Temperature',
      topK: 'Top K',
      typicalP: 'Typical P',
      topP: 'Top P',
      minP: 'Min P',
      xtc: 'XTC',
      greedy: 'Likeliest',
    },
  },
  nextToken: {
    name: 'Next token',
    after: (said: string) => `after “${said}”`,
    leavePlace: 'Back to the next answer',
    nothing: 'Write a message to see what the model could say first.',
    notLoaded: 'There is a picture here once the model is loaded.',
    noModel: 'There is no model to look into.',
    reading: 'Reading the conversation',
    others: 'all others',
    steps: 'Steps of the sampler',
    onlyStep: (step: string) => `What ${step} alone changes`,
    model: 'the model',
    afterAll: 'after all steps',
    beforeStep: (step: string) => `before ${step}`,
    afterStep: (step: string) => `after ${step}`,
    left: (left: string, all: string) => `${left} of ${all} tokens can still be drawn.`,
    percent: (share: string) => `${share} %`,
    changed: (before: string, after: string) => `${before} %, then ${after} %`,
  },
  thinking: {
    name: 'Thinking',
    on: 'The model thinks before it answers. Click to have it answer at once.',
    off: 'The model answers at once. Click to let it think first.',
    budget: { name: 'Thinking budget', hint: 'Tokens after which a thought is closed and the answer begins.' },
    notBudget: 'Thinking budget must be a whole number, at least 0.',
  },
  reuseSeed: (seed: number) => `Use seed ${seed} again`,
};

export const inside = {
  probabilities: 'Probabilities',
  experts: 'Experts',
  reading: 'Reading what was recorded',
  notRecorded: 'The probabilities of this answer were not recorded.',
  notReadable: 'What was recorded of this answer cannot be read.',
  expertsNotRecorded: 'Experts were not recorded for this answer. New answers record them while this view is open.',
  percent: (share: string) => `${share} %`,
  likely: (share: string) => `probability ${share} %`,
  forced: 'not drawn: it was put here',
  alternatives: 'Alternatives',
  figures: (logprob: string, rank: string) => `log-prob ${logprob} · rank ${rank}`,
  sampled: (share: string) => `drawn with ${share} % after the sampler`,
  beyond: (count: number) => `beyond ${count}`,
  branch: 'Branch from here',
  scale: { sure: 'sure', unsure: 'unsure' },
  expertsOf: (token: string) => `Experts of ${token}`,
  focus: 'Token',
  mapNote: (layers: number, used: number) =>
    `Each column is a token, each row one of ${layers} layers. Strong colour: the layer relied on one expert; pale: it spread over its ${used}.`,
  load: 'Load per expert',
  loadNote: 'How often each expert was chosen in this answer, over all layers.',
  loadOf: (expert: number, share: string) => `Expert ${expert}: ${share} % of all choices`,
  tokenNote: 'What each layer chose for this token: the expert’s number and its weight.',
  context: 'Context',
  contextOf: (used: string, total: string) => `${used} of ${total} tokens`,
  contextFull: 'When it is full',
  contextStop: 'Stop and say so',
  contextDrop: 'Drop the oldest turns, with a notice',
  dropped: (count: number) =>
    count === 1
      ? 'The context was full: the oldest message was left out for this answer.'
      : `The context was full: the ${count} oldest messages were left out for this answer.`,
  reused: 'reused',
  draftTokens: (count: string, number: number) => `${count} ${number === 1 ? 'token' : 'tokens'}`,
  help: 'What these numbers mean',
  convention: {
    logprob:
      'Probability, log-prob and rank are the model’s own: softmax of its raw logits, before penalties, temperature and truncation; natural logarithms. They do not change with any setting.',
    sampled:
      'Drawn with … after the sampler is under the distribution that the token was drawn from: after all steps. Greedy takes its token with 100 %.',
  },
};
