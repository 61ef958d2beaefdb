/** One line to type after `kubectl`, or the same with what goes with it. */
export type Line =
  | string
  | {
      readonly line: string;
      readonly stdin?: string;
      /** Why the two differ here: the pair must then differ, so that the list stays true. */
      readonly known?: string;
      /** For what does not end by itself. */
      readonly until?: Until;
    };

/** What is waited for on standard output, and done then. */
export interface Until {
  readonly says: string;
  /** Sent to the local port that standard output named; what comes back is compared too. */
  readonly ask?: string;
  /** Whether it ends by itself after that. Otherwise it gets SIGINT. */
  readonly ends?: boolean;
}

/** Lines that are typed one after the other on a cluster of their own. */
export interface Script {
  readonly title: string;
  /** Files in the working directory of both sides, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly lines: readonly Line[];
}

/** Splits as a shell does: blanks part words, quotes hold them together, `\n` in double quotes is two characters. */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  for (const match of line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g))
    words.push(
      match[0].replace(
        /'([^']*)'|"([^"]*)"/g,
        (_all, single?: string, double?: string) => single ?? double ?? '',
      ),
    );
  return words;
}
