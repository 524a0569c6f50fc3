// Runs before the page in the sandbox: hands it the bridge of the contract, and nothing else of Electron.
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { eventChannel, requestChannel } from './ipc/channels.ts';
import type { Bridge, EventName, Events } from './ipc/contract.ts';

const listeners = new Set<{ name: EventName; listener: (event: Events[EventName]) => void }>();

ipcRenderer.on(eventChannel, (_, name: EventName, event: Events[EventName]) => {
  for (const entry of listeners) if (entry.name === name) entry.listener(event);
});

const bridge: Bridge = {
  request: (name, payload) => ipcRenderer.invoke(requestChannel, name, payload),
  on(name, listener) {
    const entry = { name, listener: listener as (event: Events[EventName]) => void };
    listeners.add(entry);
    return () => void listeners.delete(entry);
  },
  pathOf: (file) => webUtils.getPathForFile(file),
};

contextBridge.exposeInMainWorld('conclave', bridge);
