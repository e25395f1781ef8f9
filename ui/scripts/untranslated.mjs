/// Fails when a person could read a word that is not a message: text or a spoken attribute in markup, and Chinese in any
/// string of a script. Names of keys and signs are no words: what counts is a letter or a Chinese character.

import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { parse } from "svelte/compiler";
import ts from "typescript";

const ROOT = join(import.meta.dirname, "..");
const WORD = /\p{Letter}/u;
const CHINESE = /\p{Script=Han}/u;
/** Attributes that are read to or by a person. */
const SPOKEN = new Set(["title", "aria-label", "aria-description", "placeholder", "alt", "label", "name", "about", "empty", "hint"]);
const found = [];

function files(folder) {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return ["paraglide", "wire"].includes(entry.name) ? [] : files(path);
        return [path];
    });
}

function report(path, source, offset, text) {
    const line = source.slice(0, offset).split("\n").length;
    found.push(`${relative(ROOT, path)}:${line}: ${text.trim().slice(0, 60)}`);
}

/** Strings that hold Chinese; comments are free to. */
function scanScript(path, source, text, start) {
    const tree = ts.createSourceFile("script.ts", text, ts.ScriptTarget.Latest, true);
    const visit = (node) => {
        const literal = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node);
        if (literal && CHINESE.test(node.text)) report(path, source, start + node.getStart(), node.text);
        ts.forEachChild(node, visit);
    };
    visit(tree);
}

function scanMarkup(path, source, node) {
    if (node === null || typeof node !== "object") return;
    if (Array.isArray(node)) return node.forEach((each) => scanMarkup(path, source, each));
    if (node.type === "StyleSheet" || node.type === "Comment") return;
    if (node.type === "Attribute") {
        const spoken = SPOKEN.has(node.name);
        const values = Array.isArray(node.value) ? node.value : [node.value];
        for (const value of values) {
            if (value?.type === "Text" && spoken && WORD.test(value.data)) report(path, source, value.start, value.data);
            else if (value?.type === "ExpressionTag") scanExpression(path, source, value.expression, spoken);
        }
        return;
    }
    if (node.type === "Text" && WORD.test(node.data)) return report(path, source, node.start, node.data);
    if (node.type === "ExpressionTag") return scanExpression(path, source, node.expression, true);
    for (const [key, value] of Object.entries(node)) {
        if (key !== "metadata" && key !== "parent") scanMarkup(path, source, value);
    }
}

/** What an expression may put on the screen by itself: its literals, and those of its branches. */
function scanExpression(path, source, node, shown) {
    if (node === null || typeof node !== "object") return;
    switch (node.type) {
        case "Literal":
            if (typeof node.value === "string" && (shown ? WORD : CHINESE).test(node.value)) report(path, source, node.start, node.value);
            return;
        case "TemplateLiteral":
            for (const part of node.quasis) if (shown && WORD.test(part.value.raw)) report(path, source, part.start, part.value.raw);
            return;
        case "ConditionalExpression":
            scanExpression(path, source, node.consequent, shown);
            return scanExpression(path, source, node.alternate, shown);
        case "LogicalExpression":
        case "BinaryExpression":
            if (node.type === "BinaryExpression" && node.operator !== "+") return;
            scanExpression(path, source, node.left, shown);
            return scanExpression(path, source, node.right, shown);
    }
}

for (const path of files(join(ROOT, "src"))) {
    const source = readFileSync(path, "utf8");
    if (path.endsWith(".svelte")) {
        const tree = parse(source, { modern: true, filename: path });
        scanMarkup(path, source, tree.fragment);
        for (const script of [tree.instance, tree.module]) {
            if (script != null) scanScript(path, source, source.slice(script.content.start, script.content.end), script.content.start);
        }
    } else if (path.endsWith(".ts") && !path.endsWith(".test.ts")) {
        scanScript(path, source, source, 0);
    }
}

if (found.length > 0) {
    console.error(`Words outside messages/:\n${found.join("\n")}`);
    process.exit(1);
}
