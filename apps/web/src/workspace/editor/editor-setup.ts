import { acceptCompletion, autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete';
import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import { linter, lintGutter, lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, Prec } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { checkManifest } from './manifest-check.ts';
import { suggest } from './manifest-completion.ts';

const LINT_AFTER_MS = 300;
/** Escape, then Tab within this time, leaves the editor, as it leaves a terminal. */
const WAY_OUT_MS = 2_000;
/** Completion looks at the document up to the cursor; longer ones than this are no manifests. */
const COMPLETED_WITHIN_CHARS = 100_000;

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName), tags.keyword], color: 'var(--syntax-key)' },
  { tag: [tags.string, tags.special(tags.string), tags.content], color: 'var(--syntax-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--syntax-number)' },
  { tag: tags.comment, color: 'var(--syntax-comment)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.meta], color: 'var(--ink-muted)' },
]);

const looks = EditorView.theme({
  '&': {
    height: '100%',
    fontSize: '0.875rem',
    backgroundColor: 'var(--terminal-ground)',
    color: 'var(--ink)',
  },
  '.cm-scroller': { fontFamily: 'var(--font-code)', lineHeight: '1.55', fontVariantLigatures: 'none' },
  '.cm-content': { caretColor: 'var(--accent)', padding: '0.6rem 0' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '&.cm-focused': { outline: 'none' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground, ::selection': {
    backgroundColor: 'var(--terminal-selection) !important',
  },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--ink-faint)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in oklch, var(--accent) 6%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--ink)' },
  '.cm-tooltip, .cm-panels': {
    backgroundColor: 'var(--surface-raised)',
    color: 'var(--ink)',
    border: '1px solid var(--line)',
    borderRadius: 'var(--radius-medium)',
    fontFamily: 'var(--font-text)',
  },
  '.cm-tooltip': { boxShadow: 'var(--shadow-overlay)' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-code)', maxHeight: '16rem' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent-wash)',
    color: 'var(--accent-strong)',
  },
  '.cm-completionInfo': { maxWidth: '18rem', padding: '0.4rem 0.7rem' },
  '.cm-diagnostic': { padding: '0.35rem 0.7rem', fontSize: '0.875rem' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--denied)' },
  '.cm-diagnostic-warning': { borderLeft: '3px solid var(--caution)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--denied)',
    textUnderlineOffset: '3px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--caution)',
    textUnderlineOffset: '3px',
  },
  '.cm-textfield': {
    backgroundColor: 'var(--surface-raised)',
    border: '1px solid var(--line-control)',
    borderRadius: 'var(--radius-small)',
    color: 'var(--ink)',
  },
  '.cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--surface-raised)',
    border: '1px solid var(--line-control)',
    borderRadius: 'var(--radius-small)',
    color: 'var(--ink)',
  },
});

export interface EditorWiring {
  readonly label: string;
  readonly onChange: (text: string) => void;
  readonly onSave: () => void;
}

/** The editor for one file. Manifests are completed and checked; anything else is plain text. */
export function editorState(text: string, path: string, wiring: EditorWiring): EditorState {
  const isYaml = /\.ya?ml$/.test(path);
  const extensions: Extension[] = [
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    history(),
    drawSelection(),
    indentOnInput(),
    indentUnit.of('  '),
    bracketMatching(),
    closeBrackets(),
    highlightSelectionMatches(),
    search({ top: true }),
    syntaxHighlighting(colours),
    looks,
    EditorView.contentAttributes.of({
      'aria-label': `${wiring.label}. Escape, then Tab, leaves the editor.`,
      spellcheck: 'false',
      tabindex: '0',
    }),
    // Also when Escape closes a list on its way: whoever then presses Tab wants out.
    Prec.highest(
      EditorView.domEventHandlers({
        keydown: (event, view) => {
          if (event.key === 'Escape') view.setTabFocusMode(WAY_OUT_MS);
          return false;
        },
      }),
    ),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) wiring.onChange(update.state.doc.toString());
    }),
    keymap.of([
      {
        key: 'Mod-s',
        preventDefault: true,
        run: () => {
          wiring.onSave();
          return true;
        },
      },
      { key: 'Tab', run: acceptCompletion },
      ...completionKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...lintKeymap,
      ...defaultKeymap,
      indentWithTab,
    ]),
  ];
  if (isYaml)
    extensions.push(
      yaml(),
      autocompletion({ override: [complete], icons: false }),
      linter(lint, { delay: LINT_AFTER_MS }),
      lintGutter(),
    );
  return EditorState.create({ doc: text, extensions });
}

function lint(view: EditorView) {
  const { length } = view.state.doc;
  return checkManifest(view.state.doc.toString()).map((mistake) => ({
    ...mistake,
    from: Math.min(mistake.from, length),
    to: Math.min(mistake.to, length),
  }));
}

function complete(context: CompletionContext): CompletionResult | null {
  if (context.pos > COMPLETED_WITHIN_CHARS) return null;
  const line = context.state.doc.lineAt(context.pos);
  const before = context.state.sliceDoc(0, context.pos).split('\n');
  const found = suggest(before);
  if (found === undefined) return null;
  const from = line.from + found.fromColumn;
  // On an empty line only when asked for: a list that opens by itself is in the way of Enter.
  if (!context.explicit && from === context.pos && !/[:-]\s+$/.test(before.at(-1) ?? '')) return null;
  return {
    from,
    validFor: /^[\w./-]*$/,
    options: found.items.map((item) => ({
      label: item.label,
      apply: item.insert,
      ...(item.about === '' ? {} : { info: item.about }),
    })),
  };
}
