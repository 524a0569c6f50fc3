// Finds the way to main: the preload script's object in Electron, the web shell's client in a browser.
import type { Bridge } from '../../main/ipc/contract.ts';
import { createWebBridge } from './webBridge.ts';

declare global {
  interface Window {
    conclave?: Bridge;
  }
}

export function findBridge(): Bridge {
  return window.conclave ?? createWebBridge();
}
