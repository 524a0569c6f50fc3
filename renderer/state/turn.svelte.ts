// One answer from its start to its end: loads the model, streams tokens into the message once a frame, has what has arrived
// stored at least every second, and ends it with its figures or its error. Knows nothing of the screen.
import type { ContextPolicy, GenerateRequest, RecordedToken, StopReason, Timings } from '../../engine/protocol.ts';
import type { Generation, Id } from '../../main/ipc/contract.ts';
import { placeRecord, textOf } from '../inside/tokens.ts';
import type { Api } from '../services/api.ts';
import { EngineFailure, type EngineClient } from '../services/engineClient.ts';
import { nextFrame } from '../services/frames.ts';
import { text } from '../text/text.ts';
import { AnswerSaves } from './answerSaves.ts';
import type { Inside } from './inside.svelte.ts';
import { messagesTo } from './messageContent.ts';
import type { ModelState } from './model.svelte.ts';
import { sentenceOf, type Notices } from './notices.svelte.ts';
import { ThoughtClock } from './thoughtClock.ts';
import type { MessageView, Thread } from './thread.svelte.ts';
import { TokenSpeed } from './tokenSpeed.ts';

export type TurnPhase = 'waiting' | 'storing' | 'loading' | 'reading' | 'answering';

const saveEveryMs = 900;
/** Recorded with each token. */
const alternatives = 8;

export interface TurnServices {
  api: Api;
  engine: EngineClient;
  model: ModelState;
  notices: Notices;
  inside: Inside;
  contextPolicy: () => ContextPolicy;
}

/** What a conversation is set to when its answer is asked for. */
export type TurnSettings = Pick<GenerateRequest, 'sampling' | 'thinking' | 'thinkingBudget'>;

/** What an answer goes on from. */
export interface TurnStart {
  /** An answer that has ended, to be written on; otherwise a new one begins. */
  continued?: MessageView;
  /** Tokens that a new answer begins with. */
  branch?: readonly RecordedToken[];
}

interface Outcome {
  status: 'complete' | 'stopped' | 'failed';
  stopReason: StopReason | null;
  timings: Timings | null;
  error: { code: string; message: string } | null;
}

export class Turn {
  readonly thread: Thread;
  /** What is answered: the message above the answer. */
  readonly parentId: Id;
  phase = $state<TurnPhase>('waiting');
  answer = $state.raw<MessageView | null>(null);
  tokens = $state(0);
  tokensPerSecond = $state<number | null>(null);

  readonly #services: TurnServices;
  readonly #settings: TurnSettings;
  readonly #continued: MessageView | null;
  readonly #branch: readonly RecordedToken[];
  #record: RecordedToken[] = [];
  readonly #abort = new AbortController();
  #received = '';
  #seed: number | null = null;
  #saves: AnswerSaves | null = null;
  #thought = new ThoughtClock();
  #frameAsked = false;
  readonly #speed = new TokenSpeed();

  constructor(thread: Thread, parentId: Id, settings: TurnSettings, services: TurnServices, start: TurnStart = {}) {
    this.thread = thread;
    this.parentId = parentId;
    this.#continued = start.continued ?? null;
    this.#branch = start.branch ?? [];
    this.#record = [...this.#branch];
    this.#received = textOf(this.#branch);
    this.#settings = settings;
    this.#services = services;
  }

  get conversationId(): Id {
    return this.thread.conversationId;
  }

  /** The answer ends with what has arrived. */
  stop(): void {
    this.#abort.abort();
  }

  get stopped(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Never throws: what goes wrong ends up in the answer or in a banner. */
  async run(): Promise<void> {
    if (this.stopped) return;
    this.phase = 'storing';
    const answer = await this.#open();
    if (!answer) return;
    this.answer = answer;
    const timer = setInterval(() => this.#save(), saveEveryMs);
    let outcome: Outcome;
    try {
      outcome = await this.#generate();
    } catch (error) {
      outcome = { status: 'failed', stopReason: null, timings: null, error: describe(error) };
    } finally {
      clearInterval(timer);
    }
    this.#show();
    await this.#finish(answer, outcome);
  }

  async #open(): Promise<MessageView | null> {
    const { api, model, notices } = this.#services;
    const modelId = model.of(this.conversationId)?.id ?? '';
    try {
      if (this.#continued) return await this.#reopen(this.#continued, modelId);
      const started = await api.call('answers:start', {
        conversationId: this.conversationId,
        parentId: this.parentId,
        modelId,
        sampling: this.#settings.sampling,
      });
      this.#saves = new AnswerSaves(started.id, { text: '', tokens: 0 }, this.#services);
      return this.thread.add(started);
    } catch (error) {
      notices.warn('answer', text.errors.answerNotStarted(sentenceOf(error)));
      return null;
    }
  }

  async #reopen(answer: MessageView, modelId: Id): Promise<MessageView> {
    const { sampling } = this.#settings;
    const reopened = await this.#services.api.call('answers:reopen', { id: answer.id, modelId, sampling });
    answer.update(reopened);
    this.#received = answer.text;
    this.#thought = new ThoughtClock(answer.text, answer.thinkingMs);
    const before = await this.#services.inside.read(answer.id);
    if (typeof before !== 'string' && placeRecord(answer.text, before)) this.#record = [...before];
    const stored = { text: answer.text, tokens: this.#record.length };
    this.#saves = new AnswerSaves(answer.id, stored, this.#services);
    return answer;
  }

  async #generate(): Promise<Outcome> {
    const { engine, model, inside, contextPolicy, notices } = this.#services;
    this.phase = 'loading';
    const loaded = model.ensureLoaded(model.of(this.conversationId));
    if ((await Promise.race([loaded, aborted(this.#abort.signal)])) === 'aborted') return stoppedOutcome;
    this.phase = 'reading';
    this.#thought.start();
    const request: GenerateRequest = {
      messages: this.#messages(),
      ...this.#settings,
      alternatives,
      experts: inside.recordsExperts,
      contextPolicy: contextPolicy(),
      ...(this.#continued && { continueLast: true }),
      ...(this.#branch.length > 0 && { answer: this.#branch.map(({ token }) => token.id) }),
    };
    for await (const event of engine.generate(request, this.#abort.signal)) {
      if (event.kind === 'started') {
        this.#seed = event.seed;
        if (event.droppedMessages) notices.warn('context', text.sampling.inside.dropped(event.droppedMessages));
      } else if (event.kind === 'token') this.#take({ text: event.text, token: event.token });
      else return outcomeOf(event.reason, event.timings);
    }
    return stoppedOutcome;
  }

  #messages(): GenerateRequest['messages'] {
    return messagesTo(this.thread, this.#continued?.id ?? this.parentId);
  }

  #take(token: RecordedToken): void {
    this.#record.push(token);
    this.#received += token.text;
    this.#speed.add();
    if (this.#frameAsked) return;
    this.#frameAsked = true;
    nextFrame(() => {
      this.#frameAsked = false;
      this.#show();
    });
  }

  /** Puts what has arrived on the screen; the first words are stored at once. */
  #show(): void {
    const answer = this.answer;
    if (!answer || answer.text === this.#received) return;
    this.phase = 'answering';
    answer.text = this.#received;
    this.tokens = this.#speed.count;
    this.tokensPerSecond = this.#speed.perSecond;
    this.#thought.see(this.#received);
    answer.thinkingMs = this.#thought.milliseconds;
    if (this.#saves?.isEmpty) this.#save();
  }

  #save(): void {
    this.#saves?.save(this.#said, this.#record);
  }

  /** What has arrived, as it is stored. */
  get #said(): { text: string; seed: number | null; thinkingMs?: number } {
    const { milliseconds } = this.#thought;
    return { text: this.#received, seed: this.#seed, ...(milliseconds !== null && { thinkingMs: milliseconds }) };
  }

  async #finish(answer: MessageView, outcome: Outcome): Promise<void> {
    this.#services.inside.keep(answer.id, this.#record);
    const end = { ...this.#said, ...outcome };
    const finished = (await this.#saves?.finish(end, this.#record)) ?? null;
    answer.text = this.#received;
    answer.generation = finished?.generation ?? generationOf(answer.generation, end);
    answer.status = outcome.status;
  }
}

const stoppedOutcome: Outcome = { status: 'stopped', stopReason: 'aborted', timings: null, error: null };

function outcomeOf(reason: StopReason, timings: Timings): Outcome {
  return { status: reason === 'aborted' ? 'stopped' : 'complete', stopReason: reason, timings, error: null };
}

function generationOf(
  before: Generation | null,
  end: Omit<Outcome, 'status'> & { seed: number | null },
): Generation | null {
  if (!before) return null;
  return { ...before, seed: end.seed, stopReason: end.stopReason, timings: end.timings, error: end.error };
}

function describe(error: unknown): { code: string; message: string } {
  if (error instanceof EngineFailure)
    return {
      code: error.code,
      message: error.code === 'device-lost' ? text.errors.deviceLost : error.message,
    };
  return { code: 'internal', message: text.errors.unexpected };
}

function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
}
