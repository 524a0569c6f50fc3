// Starts the window: styles, fonts, state, screen.
import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/menu.css';
import { mount } from 'svelte';
import Root from './Root.svelte';
import { findBridge } from './services/bridge.ts';
import { startEngineWorker } from './services/engineWorker.ts';
import { App } from './state/app.svelte.ts';

const app = new App(findBridge(), startEngineWorker);
void app.start();
mount(Root, { target: document.getElementById('app')!, props: { app } });
