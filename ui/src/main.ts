/// Starts the screens. What is drawn first is decided by what the node says it is.

import { mount } from "svelte";
import App from "./App.svelte";
import { listenToKeys, makeApp } from "$lib/app";
import { thisHost } from "$lib/host";
import { language } from "$lib/settings/language.svelte";
import { theme } from "$lib/settings/theme.svelte";
import "./styles/base.css";

language.start();
theme.start();

const app = makeApp(thisHost());
listenToKeys(app, window);
void app.status.follow();

const target = document.getElementById("app");
if (target !== null) mount(App, { target, props: { app } });
