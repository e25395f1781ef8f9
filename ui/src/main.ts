/// Starts the screens. What is drawn first is decided by what the node says it is.

import { mount } from "svelte";
import App from "./App.svelte";
import { listenToKeys, makeApp } from "$lib/app";
import { inWindow, thisHost } from "$lib/host";
import { language } from "$lib/settings/language.svelte";
import { theme } from "$lib/settings/theme.svelte";
import "./styles/base.css";

// A window is a till's: its screens come while the node is asked what it is.
if (inWindow()) void import("./till/Till.svelte");

// Each missing font of another system costs a look through all that are installed, before the first character.
if (navigator.userAgent.includes("Linux")) document.documentElement.dataset["os"] = "linux";

language.start();
theme.start();

const app = makeApp(thisHost());
listenToKeys(app, window);
void app.status.follow();

const target = document.getElementById("app");
if (target !== null) mount(App, { target, props: { app } });
