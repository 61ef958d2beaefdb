import { createCssVariablesTheme, createHighlighter } from 'shiki';
import type { BundledLanguage } from 'shiki';

/** Languages that the course is written in; anything else is shown plain. */
const LANGUAGES: Readonly<Record<string, BundledLanguage>> = {
  sh: 'shellscript',
  bash: 'shellscript',
  shell: 'shellscript',
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  ini: 'ini',
  nginx: 'nginx',
  go: 'go',
  http: 'http',
};

const THEME = createCssVariablesTheme({ name: 'podwire', variablePrefix: '--token-', fontStyle: false });

let highlighter: ReturnType<typeof createHighlighter> | undefined;

/** One run of characters of one colour. `token` is a class, so that no page carries styles of its own. */
export interface Token {
  readonly text: string;
  readonly token?: 'key' | 'string' | 'number' | 'comment' | 'keyword' | 'punctuation';
}

const CLASSES: Readonly<Record<string, Token['token']>> = {
  'token-constant': 'number',
  'token-string': 'string',
  'token-string-expression': 'string',
  'token-comment': 'comment',
  'token-keyword': 'keyword',
  'token-parameter': 'key',
  'token-function': 'key',
  'token-punctuation': 'punctuation',
};

export async function highlight(
  code: string,
  language: string | undefined,
): Promise<readonly (readonly Token[])[]> {
  const known = language === undefined ? undefined : LANGUAGES[language.toLowerCase()];
  if (known === undefined) return code.split('\n').map((text) => [{ text }]);
  highlighter ??= createHighlighter({ themes: [THEME], langs: [...new Set(Object.values(LANGUAGES))] });
  const { tokens } = (await highlighter).codeToTokens(code, { lang: known, theme: 'podwire' });
  return tokens.map((line) =>
    line.map(({ content, color }) => {
      const name = /var\(--token-(?:token-)?([a-z-]+)/.exec(color ?? '')?.[1];
      const token = name === undefined ? undefined : CLASSES[`token-${name}`];
      return token === undefined ? { text: content } : { text: content, token };
    }),
  );
}
