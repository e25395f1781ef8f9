/// One bundle for the till's window and for the browser: which of the two runs it is found out at start.

import { fileURLToPath } from "node:url";
import { paraglideVitePlugin } from "@inlang/paraglide-js";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const inTests = process.env["VITEST"] !== undefined;

const messages = paraglideVitePlugin({
    project: "./project.inlang",
    outdir: "./src/lib/paraglide",
    strategy: ["baseLocale"],
    isServer: "false",
});

export default defineConfig({
    plugins: [
        // Tests read what `npm run messages` wrote: the plugin would watch the folder and keep them from ending.
        ...(inTests ? [] : [messages]),
        svelte(),
    ],
    resolve: {
        alias: { $lib: here("./src/lib"), $wire: here("./src/lib/wire") },
        // Without this vitest resolves svelte's server half, where nothing is reactive.
        ...(inTests ? { conditions: ["browser"] } : {}),
    },
    build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
    server: { port: 5173, strictPort: true },
    test: { include: ["src/**/*.test.ts", "tests/unit/**/*.test.ts"] },
});
