const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[\p{L}\p{Nd}]/u,
  alpha: /\p{L}/u,
  blank: /[ \t]/,
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[^\s\x00-\x1f\x7f]/,
  lower: /\p{Ll}/u,
  print: /[^\x00-\x1f\x7f]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /\p{Lu}/u,
  xdigit: /[0-9A-Fa-f]/,
};

/** The member test of a POSIX character class such as `digit`, for patterns and regular expressions alike. */
export function characterClass(name: string): ((character: string) => boolean) | undefined {
  const test = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  return test === undefined ? undefined : (character) => test.test(character);
}
