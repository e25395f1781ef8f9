/// What lies behind the PIN pad: the screens and the dialogs. They are a bundle of their own, which no start waits for.

export { default as Dialog } from "./Dialog.svelte";
export { default as Screen } from "./Screen.svelte";
