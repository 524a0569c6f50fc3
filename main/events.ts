// Hands events of the contract to whichever shells listen.
import type { EventName, Events } from './ipc/contract.ts';

export type EventListener = <Name extends EventName>(name: Name, event: Events[Name]) => void;

export interface EventHub {
  emit: EventListener;
  /** Returns the function that stops listening. */
  listen(listener: EventListener): () => void;
}

export function createEventHub(): EventHub {
  const listeners = new Set<EventListener>();
  return {
    emit(name, event) {
      for (const listener of listeners) listener(name, event);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
