/// What every field of a form is given: the draft it belongs to, and the chain's names.

import { createContext } from "svelte";
import type { RuleBook } from "../book.svelte";
import type { Editor } from "../editor.svelte";

export interface Form {
    book: RuleBook;
    draft: Editor;
}

export const [getForm, setForm] = createContext<Form>();
