// One function a request of the contract, on the services alone: no shell is known here. `dispatch` is the one way in,
// for IPC and HTTP alike: it checks the payload and turns whatever is thrown into coded data.
import * as v from 'valibot';
import type { Services } from '../services.ts';
import type { Payload, Reply, RequestName, Result } from './contract.ts';
import { AppError, toAppError } from './errors.ts';
import { payloadSchemas } from './schemas.ts';

type Handlers = { [Name in RequestName]: (payload: Payload<Name>) => Result<Name> };

/** Answers a request by name with an unchecked payload; never throws. */
export type Dispatch = (name: string, payload: unknown) => Promise<Reply<unknown>>;

export function createHandlers(services: Services): Handlers {
  const { store, library } = services;
  const { conversations, messages, settings } = store;
  return {
    'app:info': () => services.info,
    'settings:get': () => settings.get(),
    'settings:set': (changes) => {
      const changed = settings.set(changes);
      services.settingsChanged(changed);
      return changed;
    },
    'models:list': () => library.list(),
    'conversations:list': () => conversations.list(),
    'conversations:create': ({ modelId, sampling }) => conversations.create(modelId, sampling),
    'conversations:rename': ({ id, title }) => conversations.rename(id, title),
    'conversations:delete': ({ id }) => {
      conversations.delete(id);
      return null;
    },
    'conversations:restore': ({ id }) => conversations.restore(id),
    'conversations:setSampling': ({ id, sampling }) => conversations.setSampling(id, sampling),
    'conversations:setLeaf': ({ id, leafId }) => conversations.setLeaf(id, leafId),
    'messages:list': ({ conversationId }) => messages.list(conversationId),
    'messages:append': (turn) => messages.append(turn),
    'answers:start': (answer) => messages.startAnswer(answer),
    'answers:save': (progress) => {
      messages.saveAnswer(progress);
      return null;
    },
    'answers:finish': (end) => messages.finishAnswer(end),
  };
}

export function createDispatch(services: Services): Dispatch {
  const handlers = createHandlers(services);
  const answer = <Name extends RequestName>(name: Name, payload: unknown): Result<Name> =>
    handlers[name](checkPayload(name, payload));
  return async (name, payload) => {
    try {
      if (!Object.hasOwn(payloadSchemas, name))
        throw new AppError('invalid-payload', 'The app asked for something that this version does not know.', name);
      return { ok: true, value: answer(name as RequestName, payload) };
    } catch (error) {
      const known = toAppError(error);
      if (known.code === 'internal') services.log(`${name}: ${known.detail ?? known.message}`);
      return { ok: false, error: known.toData() };
    }
  };
}

/** @throws AppError `invalid-payload` */
function checkPayload<Name extends RequestName>(name: Name, payload: unknown): Payload<Name> {
  const parsed = v.safeParse(payloadSchemas[name], payload);
  if (parsed.success) return parsed.output;
  const ranged = parsed.issues.find(({ type }) => type === 'raw_check');
  const places = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'payload'}: ${issue.message}`).join('\n');
  throw new AppError(
    'invalid-payload',
    ranged?.message ?? 'That could not be done: a value has the wrong form.',
    places,
  );
}
